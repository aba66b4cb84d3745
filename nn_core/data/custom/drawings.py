"""The user's drawings as a data set: those that were corrected and stored on the Draw page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.small_digits import MNIST_SAMPLE
from nn_core.data.dataset import CUSTOM_PREFIX, DatasetSpec, Split
from nn_core.data.split import split_stratified
from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["OWN_DRAWINGS", "find_drawings_dataset", "make_drawn_split"]

OWN_DRAWINGS = CUSTOM_PREFIX + "my_drawings"
"""The name. Data sets made from files have no underscore in their names."""

_MIN_DRAWINGS = 10
_TEST_FRACTION = 0.2


def find_drawings_dataset(folder: Path) -> DatasetSpec | None:
    """Return the data set, or None if no drawings are stored. The classes are the ten digits if all labels are digits, else the
    labels."""
    counts = Counter(each.label for each in read_corrections(get_corrections_file(folder)))
    labels = set(counts)
    if not labels:
        return None
    only_digits = labels <= set(MNIST_SAMPLE.classes)
    classes = MNIST_SAMPLE.classes if only_digits else tuple(sorted(labels))
    return DatasetSpec(
        name=OWN_DRAWINGS,
        title=_("My drawings"),
        about=_("The drawings that you labelled on the Draw page."),
        classes=classes,
        shape=MNIST_SAMPLE.shape,
        mean=MNIST_SAMPLE.mean,
        std=MNIST_SAMPLE.std,
        is_line_drawing=True,
        read=_read,
        train_counts=lambda settings: tuple(round((1 - _TEST_FRACTION) * counts[label]) for label in classes),
    )


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    corrections = read_corrections(get_corrections_file(folder))
    spec = find_drawings_dataset(folder)
    if spec is None or len(corrections) < _MIN_DRAWINGS or len(spec.classes) < 2:
        raise DatasetUnavailable(
            _(
                "You have {count} drawings; a run on them alone needs at least {fewest}, of two classes. Draw more on the Draw "
                "page, or train an existing network on them there."
            ).format(count=len(corrections), fewest=_MIN_DRAWINGS)
        )
    samples = make_drawn_split(corrections, spec)
    train, test = split_stratified(samples.labels, _TEST_FRACTION, seed=0)
    return samples.take(train), samples.take(test)


def make_drawn_split(corrections: Sequence[Correction], spec: DatasetSpec) -> Split:
    """Convert the drawings to samples of the data set, which must have their classes."""
    import numpy as np
    import torch

    from nn_core.data.transforms import resize_to_spec
    from nn_core.drawings.preprocess import prepare_drawing

    prepared = [(prepare_drawing(each.drawing), each.label) for each in corrections]
    pictures = [resize_to_spec(picture, spec) for picture, _label in prepared if picture is not None]
    labels = [spec.classes.index(label) for picture, label in prepared if picture is not None]
    return Split(torch.from_numpy(np.stack(pictures)), torch.tensor(labels, dtype=torch.int64))
