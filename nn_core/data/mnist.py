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

__all__ = ["FASHION_MNIST", "MNIST", "read_like_mnist", "source_like_mnist"]

_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def source_like_mnist(title: str, class_name: str, checksums: tuple[str, ...], sizes: tuple[int, ...]) -> Source:
    """Where the four files of torchvision's class of that name come from. The checksums are those of its `resources`;
    a test compares them."""
    return Source(
        title,
        f"{class_name}/raw",
        tuple(Archive(name, md5, size) for name, md5, size in zip(_FILES, checksums, sizes, strict=True)),
        mirrors=lambda datasets: getattr(datasets, class_name).mirrors,
    )


def read_like_mnist(source: Source, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    train_images, train_labels, test_images, test_labels = map(read_idx, source.files(folder))
    return Split(train_images.unsqueeze(1), train_labels.long()), Split(test_images.unsqueeze(1), test_labels.long())


_MNIST = source_like_mnist(
    "MNIST",
    "MNIST",
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    (9_912_422, 28_881, 1_648_877, 4_542),
)
_FASHION_MNIST = source_like_mnist(
    "Fashion-MNIST",
    "FashionMNIST",
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    (26_421_880, 29_515, 4_422_102, 5_148),
)

MNIST = DatasetSpec(
    name="mnist",
    title=N_("MNIST (70,000 digits)"),
    about=N_("Handwritten digits by some 500 people: 60,000 to learn from, 10,000 to test. An 11 MB download."),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    ink=True,
    read=partial(read_like_mnist, _MNIST),
    is_present=_MNIST.is_present,
    download=_MNIST.download,
    downloaded_share=_MNIST.downloaded_share,
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
    read=partial(read_like_mnist, _FASHION_MNIST),
    is_present=_FASHION_MNIST.is_present,
    download=_FASHION_MNIST.download,
    downloaded_share=_FASHION_MNIST.downloaded_share,
)
