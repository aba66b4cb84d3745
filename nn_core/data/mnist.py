"""`mnist` and `fashion_mnist`, complete: 60,000 pictures to train on and 10,000 to test, from torchvision's mirrors.

The folder layout is torchvision's: `<data>/MNIST/raw/train-images-idx3-ubyte`, packed (.gz) or not.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.download import Archive, fetch, fetched_share, is_whole
from nn_core.data.idx import read_idx
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import N_, _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["FASHION_MNIST", "MNIST"]

_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _archives(checksums: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[Archive, ...]:
    return tuple(Archive(name, md5, size) for name, md5, size in zip(_FILES, checksums, sizes, strict=True))


# The checksums are those of torchvision.datasets.MNIST.resources and FashionMNIST.resources; a test compares them.
_MNIST_ARCHIVES = _archives(
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    (9_912_422, 28_881, 1_648_877, 4_542),
)
_FASHION_ARCHIVES = _archives(
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    (26_421_880, 29_515, 4_422_102, 5_148),
)


def _raw(folder: Path, class_name: str) -> Path:
    return folder / class_name / "raw"


def _read(class_name: str, archives: tuple[Archive, ...], folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    if not _is_present(class_name, archives, folder):
        raise DatasetUnavailable(
            _(
                "{name} is not in '{folder}'. Download it on the Data page, or choose mnist_sample, which comes with NN Lab."
            ).format(name=class_name, folder=folder)
        )
    tensors = []
    for archive in archives:
        plain = _raw(folder, class_name) / archive.unpacked
        tensors.append(read_idx(plain if plain.exists() else plain.with_name(archive.name)))
    train_images, train_labels, test_images, test_labels = tensors
    return Split(train_images.unsqueeze(1), train_labels.long()), Split(test_images.unsqueeze(1), test_labels.long())


def _is_present(class_name: str, archives: tuple[Archive, ...], folder: Path) -> bool:
    return is_whole(archives, _raw(folder, class_name))


def _download(class_name: str, archives: tuple[Archive, ...], folder: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    mirrors = getattr(torchvision_datasets(), class_name).mirrors
    fetch(class_name, archives, mirrors, _raw(folder, class_name))


def _downloaded_share(class_name: str, archives: tuple[Archive, ...], folder: Path) -> float:
    return fetched_share(archives, _raw(folder, class_name))


MNIST = DatasetSpec(
    name="mnist",
    title=N_("MNIST (70,000 digits)"),
    about=N_("Handwritten digits by some 500 people: 60,000 to learn from, 10,000 to test. An 11 MB download."),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    ink=True,
    read=partial(_read, "MNIST", _MNIST_ARCHIVES),
    is_present=partial(_is_present, "MNIST", _MNIST_ARCHIVES),
    download=partial(_download, "MNIST", _MNIST_ARCHIVES),
    downloaded_share=partial(_downloaded_share, "MNIST", _MNIST_ARCHIVES),
)

FASHION_MNIST = DatasetSpec(
    name="fashion_mnist",
    title=N_("Fashion-MNIST (70,000 garments)"),
    about=N_("Small pictures of clothes, shoes and bags: 60,000 to learn from, 10,000 to test. A 29 MB download."),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    shape=(1, 28, 28),
    mean=(0.2860,),
    std=(0.3530,),
    ink=True,
    read=partial(_read, "FashionMNIST", _FASHION_ARCHIVES),
    is_present=partial(_is_present, "FashionMNIST", _FASHION_ARCHIVES),
    download=partial(_download, "FashionMNIST", _FASHION_ARCHIVES),
    downloaded_share=partial(_downloaded_share, "FashionMNIST", _FASHION_ARCHIVES),
)
