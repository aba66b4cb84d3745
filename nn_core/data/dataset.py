"""Data sets in memory: inputs and labels of each split, and what is known about them before they are read.

Images stay uint8 in memory and are normalised on the device, one batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.task import Kind, TaskSpec

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = ["CUSTOM_PREFIX", "Dataset", "DatasetSpec", "Shard", "Split", "is_custom", "join_splits"]

CUSTOM_PREFIX = "own-"
"""The beginning of the names of custom data sets."""


def is_custom(name: str) -> bool:
    """Return whether this is the name of a custom data set."""
    return name.startswith(CUSTOM_PREFIX)


@dataclass(frozen=True)
class Split:
    """The samples of one split.

    Attributes:
        inputs: uint8 images [count, channels, height, width], uint8 text [count, length] or float32 points [count, 2].
        labels: int64 [count], indices of classes; float32 [count], the values, where a number is to be predicted.
        streamed: whether the inputs do not fit into memory and are mapped from the disk.
        group_ids: int64 [count]; versions of the same sample have the same id. None if every sample is independent.
    """

    inputs: Tensor
    labels: Tensor
    streamed: bool = False
    group_ids: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Tensor) -> Split:
        """Return a copy of some samples, in memory."""
        return Split(self.inputs.index_select(0, rows), self.labels.index_select(0, rows))

    def to(self, device: torch.device) -> Split:
        """Move the split to the device, except streamed inputs; their batches are moved when they are used."""
        inputs = self.inputs if self.streamed else self.inputs.to(device)
        return Split(inputs, self.labels.to(device), self.streamed)

    def class_counts(self, classes: int) -> list[int]:
        """Return the number of samples of each class."""
        counts: list[int] = self.labels.bincount(minlength=classes).tolist()
        return counts


def join_splits(splits: Sequence[Split]) -> Split:
    """Join the samples of several splits, without their group ids."""
    import torch

    return Split(torch.cat([split.inputs for split in splits]), torch.cat([split.labels for split in splits]))


@dataclass(frozen=True)
class DatasetSpec:
    """What is known about a data set before it is read.

    Attributes:
        name: the name in settings.
        title: the name on pages.
        about: a description for pages.
        classes: the labels, in the order of the class indices; empty where a number is to be predicted.
        shape: the shape of one sample: (channels, height, width), (length,) for text, or (2,) for points.
        read: takes the data folder and the settings, returns the training and the test split, or raises DatasetUnavailable.
        kind: the kind of the samples.
        mean: of each channel of the training pixels, scaled to 0…1; or of each coordinate.
        std: the standard deviations, likewise; `scaling.apply_scaling` replaces both for other pixel scalings.
        alphabet: the characters of text. The first has index 2; 0 is padding, 1 is any other character.
        is_line_drawing: whether images are bright strokes on black, like prepared drawings.
        raw_texts: takes the data folder, returns the training and the test texts unencoded, in the order of the splits; None
            if only the encoded texts are known.
        is_present: takes the data folder, returns whether the data set is complete there; cheap.
        download: takes the data folder and downloads the data set, or raises DatasetUnavailable or StorageFailed.
        download_fraction: takes the data folder, returns how much is downloaded, from 0 to 1; cheap.
        train_counts: takes the settings, returns the number of samples of each class in the training split, cheaply and without
            torch; empty if it is known only after reading. Where a number is to be predicted, one count of all samples.
        is_regression: whether a number is to be predicted instead of a class.
        adapt: takes the settings, returns this description with what they decide, such as the classes, or raises ConfigError;
            None if they decide nothing. `registry.adapt_dataset` applies it.
        plane_settings: the names of the settings in `data.plane` that have an effect.
        extent: (x from, x to, y from, y to) of the part of the plane that pages show; None for the square around the points.
        licence: of the samples; "" for the user's own data.
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
    is_line_drawing: bool = False
    raw_texts: Callable[[Path], tuple[list[str], list[str]]] | None = None
    is_present: Callable[[Path], bool] = lambda folder: True
    download: Callable[[Path], None] = lambda folder: None
    download_fraction: Callable[[Path], float] = lambda folder: 1.0
    train_counts: Callable[[DataSettings], tuple[int, ...]] = lambda settings: ()
    is_regression: bool = False
    adapt: Callable[[DataSettings], DatasetSpec] | None = None
    plane_settings: tuple[str, ...] = ()
    extent: tuple[float, float, float, float] | None = None
    licence: str = ""

    @property
    def task(self) -> TaskSpec:
        """What a network for this data set must be built for."""
        symbols = len(self.alphabet) + 2 if self.kind == "text" else 0
        classes = 1 if self.is_regression else len(self.classes)
        return TaskSpec(self.kind, self.shape, classes, symbols, self.is_regression)


@dataclass(frozen=True)
class Dataset:
    """A loaded data set.

    Attributes:
        spec: its description.
        train: samples for training and validation.
        test: samples for the test.
        never_held_out: how many samples at the end of `train` are never used for validation.
    """

    spec: DatasetSpec
    train: Split
    test: Split
    never_held_out: int = 0

    @property
    def strata(self) -> Tensor:
        """What a part of the training samples should have its share of: their labels, int64 [count]; all 0 for a regression."""
        labels = self.train.labels
        return labels.long() * 0 if self.spec.is_regression else labels


@dataclass(frozen=True)
class Shard:
    """What one process computes of a batch that several processes share.

    Attributes:
        rows: the rows of the batch that this process takes.
        batch_size: the samples of the whole batch.
        count: how many rows count in means: all of them, or 0 if the batch has too few samples for this process. It then
            takes the first sample, because a network cannot run on an empty batch.
    """

    rows: slice
    batch_size: int
    count: int
