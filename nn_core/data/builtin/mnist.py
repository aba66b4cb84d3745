"""MNIST and the data sets in its file format: `mnist`, `fashion_mnist`, `kmnist` and `emnist_letters`.

They come from torchvision's mirrors, in torchvision's folder layout: `<data>/MNIST/raw/train-images-idx3-ubyte`, gzipped (.gz) or
not. `kmnist` is Kuzushiji-MNIST (Clanuwat et al., "Deep Learning for Classical Japanese Literature", 2018, arXiv:1812.01718).
`emnist_letters` has upper and lower case in one class (Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017,
arXiv:1702.05373), from the archive of all EMNIST sets.

The format is IDX: a header with type and shape, then the bytes. Source: its description on Yann LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import partial
from math import prod
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.download import Archive, Source
from nn_core.data.placed_files import is_gzipped
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import N_, _

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = ["EMNIST_LETTERS", "FASHION_MNIST", "KMNIST", "MNIST", "is_complete_idx", "read_idx"]

_UNSIGNED_BYTE = 0x08


def read_idx(file: Path) -> Tensor:
    """Read an IDX file of unsigned bytes, plain or gzipped, as uint8.

    Raises:
        DatasetUnavailable: the file does not have exactly the bytes that its header states.
    """
    import torch

    try:
        content = gzip.decompress(file.read_bytes()) if is_gzipped(file) else file.read_bytes()
        shape = _parse_shape(content[:16])
        start = 4 + 4 * len(shape)
        if not shape or len(content) - start != prod(shape):
            raise EOFError
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetUnavailable(
            _("The data file '{file}' is damaged or incomplete. Delete it, and NN Lab downloads it again.").format(
                file=file
            )
        ) from error
    return torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(shape)


def is_complete_idx(file: Path) -> bool:
    """Return whether an uncompressed IDX file has the size that its header states; reads 16 bytes."""
    try:
        with file.open("rb") as stream:
            shape = _parse_shape(stream.read(16))
        return bool(shape) and file.stat().st_size == 4 + 4 * len(shape) + prod(shape)
    except OSError:
        return False


def _parse_shape(header: bytes) -> tuple[int, ...]:
    """Return the dimensions in a header; empty if it is invalid, of another type than unsigned bytes, or of an empty array."""
    if len(header) < 4 or header[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or len(header) < 4 + 4 * header[3]:
        return ()
    shape = tuple(int.from_bytes(header[4 + 4 * i : 8 + 4 * i], "big") for i in range(header[3]))
    return shape if prod(shape) else ()


Read = Callable[[Source, Path, "DataSettings"], tuple[Split, Split]]


def _read(source: Source, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    files = source.files(folder)
    train_images, train_labels, test_images, test_labels = map(read_idx, files)
    for images, labels, file in ((train_images, train_labels, files[0]), (test_images, test_labels, files[2])):
        if images.dim() != 3 or labels.dim() != 1 or len(images) != len(labels):
            raise DatasetUnavailable(
                _(
                    "The data file '{file}' has {found} numbers, which are no pictures for the labels beside it ({labels}). Delete both, and "
                    "NN Lab downloads them again."
                ).format(file=file, found=" × ".join(map(str, images.shape)), labels=" × ".join(map(str, labels.shape)))
            )
    return Split(train_images.unsqueeze(1), train_labels.long()), Split(test_images.unsqueeze(1), test_labels.long())


def _read_letters(source: Source, folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    """In the files, the images are transposed and the letters are numbered from 1."""
    train, test = (
        Split(split.inputs.transpose(2, 3).contiguous(), split.labels - 1) for split in _read(source, folder, settings)
    )
    return train, test


def _make_spec(
    source: Source,
    *,
    name: str,
    title: str,
    about: str,
    classes: tuple[str, ...],
    mean: float,
    std: float,
    counts: tuple[int, ...],
    licence: str,
    read: Read = _read,
) -> DatasetSpec:
    """Declare a data set of four IDX files.

    Args:
        mean, std: those of the training pixels, scaled to 0…1.
        counts: the number of training samples of each class.
        licence: of the samples.
    """
    return DatasetSpec(
        name=name,
        title=title,
        about=about,
        licence=licence,
        classes=classes,
        shape=(1, 28, 28),
        mean=(mean,),
        std=(std,),
        is_line_drawing=True,
        read=partial(read, source),
        is_present=source.is_present,
        download=source.download,
        download_fraction=source.get_download_fraction,
        train_counts=lambda settings: counts,
    )


_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def _make_source(title: str, class_name: str, *checksums_and_sizes: tuple[str, int]) -> Source:
    """Declare the download of `_FILES`.

    Args:
        title: the name in errors.
        class_name: the class in `torchvision.datasets`.
        checksums_and_sizes: the MD5 sums of the class's `resources`, which a test compares; and the sizes of the gzipped files.
    """
    return Source(
        title,
        f"{class_name}/raw",
        tuple(
            Archive(f"{file}-ubyte.gz", md5, size, is_complete_idx)
            for file, (md5, size) in zip(_FILES, checksums_and_sizes, strict=True)
        ),
        mirrors=lambda datasets: getattr(datasets, class_name).mirrors,
    )


MNIST = _make_spec(
    _make_source(
        "MNIST",
        "MNIST",
        ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
        ("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
        ("9fb629c4189551a2d022fa330f9573f3", 1_648_877),
        ("ec29112dd5afa0611ce80d1b7f02629c", 4_542),
    ),
    name="mnist",
    licence="CC BY-SA 3.0",
    title=N_("MNIST (70,000 digits)"),
    about=N_("Handwritten digits by some 500 people: 60,000 for training, 10,000 for the test. An 11 MB download."),
    classes=tuple("0123456789"),
    mean=0.1307,
    std=0.3081,
    counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
)

FASHION_MNIST = _make_spec(
    _make_source(
        "Fashion-MNIST",
        "FashionMNIST",
        ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
        ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
        ("bef4ecab320f06d8554ea6380940ec79", 4_422_102),
        ("bb300cfdad3c16e7a12a480ee83cd310", 5_148),
    ),
    name="fashion_mnist",
    licence="MIT",
    title=N_("Fashion-MNIST (70,000 garments)"),
    about=N_("Small pictures of clothes, shoes and bags: 60,000 for training, 10,000 for the test. A 29 MB download."),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    mean=0.2860,
    std=0.3530,
    counts=10 * (6000,),
)

KMNIST = _make_spec(
    _make_source(
        "KMNIST",
        "KMNIST",
        ("bdb82020997e1d708af4cf47b453dcf7", 18_165_135),
        ("e144d726b3acfaa3e44228e80efcd344", 29_497),
        ("5c965bf0a639b31b8f53240b1b52f4d7", 3_041_136),
        ("7320c461ea6c1c855c0b718fb2a4b134", 5_120),
    ),
    name="kmnist",
    licence="CC BY-SA 4.0",
    title=N_("KMNIST (70,000 Japanese letters)"),
    about=N_(
        "Ten letters of old Japanese handwriting, in pictures like MNIST's but harder: 60,000 for training, 10,000 for the "
        "test. A 21 MB download."
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    # The values that programs for KMNIST commonly use.
    mean=0.1918,
    std=0.3483,
    counts=10 * (6000,),
)

EMNIST_LETTERS = _make_spec(
    Source(
        "EMNIST",
        "EMNIST/raw",
        (
            Archive(
                "gzip.zip",
                "58c8d27c78d21e728a6bc7b3cc06412e",  # torchvision.datasets.EMNIST.md5; a test compares them
                561_753_746,
                is_complete_idx,
                tuple(
                    f"gzip/emnist-letters-{split}-{content}-ubyte.gz"
                    for split in ("train", "test")
                    for content in ("images-idx3", "labels-idx1")
                ),
            ),
        ),
        mirrors=lambda datasets: [datasets.EMNIST.url.removesuffix("gzip.zip")],
    ),
    name="emnist_letters",
    licence=N_("public domain (NIST)"),
    title=N_("EMNIST letters (145,600 letters)"),
    about=N_(
        "Handwritten letters from A to Z, upper and lower case in one class: 124,800 for training, 20,800 for the test. A 562 MB "
        "download, of which 115 MB are kept."
    ),
    classes=tuple(ascii_uppercase),
    # The values that programs for EMNIST letters commonly use.
    mean=0.1722,
    std=0.3309,
    counts=26 * (4800,),
    read=_read_letters,
)
