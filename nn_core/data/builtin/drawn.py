"""`drawn`: points in the plane that the user draws by hand. They are in the settings, `data.plane.drawn`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.drawn_points import (
    DRAWN_LABELS,
    DRAWN_REACH,
    DrawnPoint,
    check_enough_points,
    list_labels,
    split_drawn,
)
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["DRAWN"]

_STD = 1.155  # of coordinates spread evenly from -2 to 2
_EDGE = 1.1 * DRAWN_REACH


def _read(_folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    """Split the drawn points. Raises ConfigError if they are too few."""
    points = settings.plane.drawn
    check_enough_points(points)
    train, test = split_drawn(points)
    labels = list_labels(points)
    return _make_split(train, labels), _make_split(test, labels)


def _make_split(points: Sequence[DrawnPoint], labels: Sequence[int]) -> Split:
    import torch

    inputs = torch.tensor([(x, y) for x, y, _label in points])
    return Split(inputs, torch.tensor([labels.index(label) for _x, _y, label in points]))


def _count_train(settings: DataSettings) -> tuple[int, ...]:
    train, _test = split_drawn(settings.plane.drawn)
    return tuple(sum(point[2] == label for point in train) for label in list_labels(settings.plane.drawn))


def _adapt(settings: DataSettings) -> DatasetSpec:
    """Return the description with the classes that were drawn. Raises ConfigError if there are too few points."""
    check_enough_points(settings.plane.drawn)
    return replace(DRAWN, classes=tuple(DRAWN_LABELS[label] for label in list_labels(settings.plane.drawn)))


DRAWN = DatasetSpec(
    name="drawn",
    title=N_("Your points (drawn in the plane)"),
    about=N_("Points that you draw on the Playground, of two to four classes."),
    classes=tuple(DRAWN_LABELS),
    shape=(2,),
    read=_read,
    kind="points",
    mean=(0.0, 0.0),
    std=(_STD, _STD),
    train_counts=_count_train,
    adapt=_adapt,
    plane_settings=("drawn",),
    extent=(-_EDGE, _EDGE, -_EDGE, _EDGE),
)
