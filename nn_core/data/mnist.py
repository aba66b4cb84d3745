"""`mnist` and `fashion_mnist`, complete: 60,000 pictures to train on and 10,000 to test, from torchvision's mirrors.

The folder layout is torchvision's: `<data>/MNIST/raw/train-images-idx3-ubyte`, packed (.gz) or not.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.download import Archive, Source
from nn_core.data.idx import read_idx
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["FASHION_MNIST", "MNIST", "like_mnist"]

_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def like_mnist(
    class_name: str,
    archives: str,
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
    """The set whose four files torchvision's class of that name describes; `archives` is what they are called together.

    The checksums are those of the class's `resources`; a test compares them. sizes: of the packed files, in bytes.
    """
    source = Source(
        archives,
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
        ink=True,
        read=partial(_read, source),
        is_present=source.is_present,
        download=source.download,
        downloaded_share=source.downloaded_share,
    )


def _read(source: Source, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    train_images, train_labels, test_images, test_labels = map(read_idx, source.files(folder))
    return Split(train_images.unsqueeze(1), train_labels.long()), Split(test_images.unsqueeze(1), test_labels.long())


MNIST = like_mnist(
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
    about=N_("Handwritten digits by some 500 people: 60,000 to learn from, 10,000 to test. An 11 MB download."),
    classes=tuple("0123456789"),
    mean=0.1307,
    std=0.3081,
)

FASHION_MNIST = like_mnist(
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
    about=N_("Small pictures of clothes, shoes and bags: 60,000 to learn from, 10,000 to test. A 29 MB download."),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    mean=0.2860,
    std=0.3530,
)
