"""A data set is two tensors a split. Pictures stay uint8 in memory, and are prepared a batch at a time on the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.task import Kind, TaskSpec

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = ["Dataset", "DatasetSpec", "Split"]


@dataclass(frozen=True)
class Split:
    """inputs: uint8 pictures [count, channels, height, width], uint8 text [count, length] or float32 points [count, 2];
    labels: int64 [count], each an index into the classes.

    streamed: whether the inputs stay on the disk, mapped into memory, because they are too many for it; origins: int64
    [count], where some samples are versions of the same one: those have the same number.
    """

    inputs: Tensor
    labels: Tensor
    streamed: bool = False
    origins: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Tensor) -> Split:
        """A copy of some samples, in memory."""
        return Split(self.inputs.index_select(0, rows), self.labels.index_select(0, rows))

    def to(self, device: torch.device) -> Split:
        """On the device; inputs that are streamed stay where they are, a batch of them moves when it is used."""
        inputs = self.inputs if self.streamed else self.inputs.to(device)
        return Split(inputs, self.labels.to(device), self.streamed)

    def class_counts(self, classes: int) -> list[int]:
        counts: list[int] = self.labels.bincount(minlength=classes).tolist()
        return counts


@dataclass(frozen=True)
class DatasetSpec:
    """What is known of a data set before it is read.

    shape: of one sample: (channels, height, width), (length,) of text, or (2,).
    mean and std: of the training pixels, scaled to 0…1, for each channel; or of each coordinate.
    alphabet: the characters of text, of which the first has the index 2 (0 fills up, 1 is any other character).
    ink: whether pictures are bright strokes on black, as a drawing is prepared.
    written(folder): the training and the test texts as people write them, in the order of the splits; None where only
    the encoded ones are known.
    read(folder, settings) gives the training and the test split, or raises DatasetUnavailable.
    is_present(folder) and downloaded_share(folder), from 0 to 1, are cheap.
    download(folder) fetches it whole, or raises DatasetUnavailable or StorageFailed.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    read: Callable[[Path, DataSettings], tuple[Split, Split]]
    kind: Kind = "pictures"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    alphabet: str = ""
    ink: bool = False
    written: Callable[[Path], tuple[list[str], list[str]]] | None = None
    is_present: Callable[[Path], bool] = lambda folder: True
    download: Callable[[Path], None] = lambda folder: None
    downloaded_share: Callable[[Path], float] = lambda folder: 1.0

    @property
    def problem(self) -> TaskSpec:
        symbols = len(self.alphabet) + 2 if self.kind == "text" else 0
        return TaskSpec(self.kind, self.shape, len(self.classes), symbols)


@dataclass(frozen=True)
class Dataset:
    """always_learned: so many samples at the end of `train` are never held out for validation."""

    spec: DatasetSpec
    train: Split
    test: Split
    always_learned: int = 0
