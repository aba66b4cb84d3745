"""A data set is two tensors a split. Pictures stay uint8 in memory, and are prepared a batch at a time on the device."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

__all__ = ["Dataset", "DatasetSpec", "Split"]


@dataclass(frozen=True)
class Split:
    """images: uint8 [count, channels, height, width]; labels: int64 [count], each an index into the classes."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Tensor) -> "Split":
        return Split(self.images[indices], self.labels[indices])

    def to(self, device: object) -> "Split":
        return Split(self.images.to(device), self.labels.to(device))  # type: ignore[call-overload]

    def class_counts(self, classes: int) -> list[int]:
        counts: list[int] = self.labels.bincount(minlength=classes).tolist()
        return counts


@dataclass(frozen=True)
class DatasetSpec:
    """What is known of a data set before it is read.

    shape: (channels, height, width); mean and std: of the training pixels, scaled to 0…1, per the set's usual use.
    read(folder) gives the training and the test split, or raises DatasetUnavailable.
    is_present(folder) and downloaded_share(folder), from 0 to 1, are cheap.
    download(folder) fetches it whole, or raises DatasetUnavailable or StorageFailed.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: float
    std: float
    read: Callable[[Path], tuple[Split, Split]]
    is_present: Callable[[Path], bool]
    download: Callable[[Path], None]
    downloaded_share: Callable[[Path], float]


@dataclass(frozen=True)
class Dataset:
    spec: DatasetSpec
    train: Split
    test: Split
