"""Points in the plane, made up on the spot: `moons`, `circles`, `xor`, `spiral` and `blobs`.

scikit-learn can make some of them, but its import takes two seconds, and a page is to show a moving boundary at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.i18n import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from nn_core.data.settings import DataSettings

__all__ = ["BLOBS", "CIRCLES", "MOONS", "SPIRAL", "XOR"]

_SEED = 20_240_229
_TEST_EVERY = 3  # a third of each class is for the test

Place = Callable[["Tensor", "Generator"], "Tensor"]
"""(labels, random) → tidy points [count, 2], centred on 0, with the classes next to each other but apart."""


def _read(place: Place, reach: float, classes: int, _folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    """reach: the standard deviation, in either coordinate, with which a point strays from its place at a noise of 1. It is
    chosen for each set so that the same noise makes all of them about as hard."""
    import torch

    random = torch.Generator().manual_seed(_SEED)
    number = torch.arange(settings.plane.points)
    labels = number % classes
    points = place(labels, random)
    points += settings.plane.noise * reach * torch.randn(points.shape, generator=random)
    for_test = number // classes % _TEST_EVERY == _TEST_EVERY - 1
    mixed = torch.randperm(len(number), generator=random)
    whole = Split(points, labels)
    return whole.take(mixed[~for_test[mixed]]), whole.take(mixed[for_test[mixed]])


def _moons(labels: Tensor, random: Generator) -> Tensor:
    """Two half circles that reach into each other."""
    import torch

    angle = math.pi * torch.rand(len(labels), generator=random)
    side = 1 - 2 * labels
    return torch.stack([side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)], dim=1)


def _circles(labels: Tensor, random: Generator) -> Tensor:
    """A ring around a ring."""
    import torch

    angle = 2 * math.pi * torch.rand(len(labels), generator=random)
    radius = 1.3 - 0.7 * labels
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def _xor(labels: Tensor, random: Generator) -> Tensor:
    """Four squares; those across from each other are of one class."""
    import torch

    points = 0.15 + 1.15 * torch.rand(len(labels), 2, generator=random)
    side = 1 - 2 * torch.randint(2, (len(labels),), generator=random)
    return points * torch.stack([side, side * (1 - 2 * labels)], dim=1)


def _spiral(labels: Tensor, random: Generator) -> Tensor:
    """Three arms, each winding through two thirds of a turn."""
    import torch

    # The root spreads the points evenly along the arm, which is drawn faster the farther out it is.
    along = torch.rand(len(labels), generator=random).sqrt()
    radius = 0.1 + 1.35 * along
    angle = 2 * math.pi * (2 / 3 * along + labels / 3)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def _blobs(labels: Tensor, random: Generator) -> Tensor:
    """Four heaps."""
    import torch

    angle = 2 * math.pi * torch.rand(len(labels), generator=random)
    radius = 0.4 * torch.rand(len(labels), generator=random).sqrt()
    around = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    turn = math.pi * (labels / 2 + 1 / 4)
    return around + 1.2 * torch.stack([turn.cos(), turn.sin()], dim=1)


def _spec(
    name: str, title: str, about: str, place: Place, *, classes: str, reach: float, std: tuple[float, float]
) -> DatasetSpec:
    """std: of the coordinates at the noise that is the default."""
    return DatasetSpec(
        name=name,
        title=title,
        about=about,
        classes=tuple(classes),
        shape=(2,),
        kind="points",
        mean=(0.0, 0.0),
        std=std,
        read=partial(_read, place, reach, len(classes)),
    )


MOONS = _spec(
    "moons",
    N_("Moons (2 classes in the plane)"),
    N_("Two half moons that reach into each other: no straight line can separate them. Generated on the fly."),
    _moons,
    classes="AB",
    reach=0.75,
    std=(0.86, 0.5),
)
CIRCLES = _spec(
    "circles",
    N_("Circles (2 classes in the plane)"),
    N_("A ring around a ring: the network has to draw a closed boundary. Generated on the fly."),
    _circles,
    classes="AB",
    reach=0.65,
    std=(0.72, 0.72),
)
XOR = _spec(
    "xor",
    N_("Exclusive or (2 classes in the plane)"),
    N_(
        "Four squares, of which those across from each other are of one class: a network without a hidden layer fails. Generated on the fly."
    ),
    _xor,
    classes="AB",
    reach=0.8,
    std=(0.8, 0.8),
)
SPIRAL = _spec(
    "spiral",
    N_("Spiral (3 classes in the plane)"),
    N_("Three arms that wind around each other: the hardest of the planar sets. Generated on the fly."),
    _spiral,
    classes="ABC",
    reach=0.55,
    std=(0.74, 0.74),
)
BLOBS = _spec(
    "blobs",
    N_("Blobs (4 classes in the plane)"),
    N_("Four heaps of points: the easiest of the planar sets, straight lines separate them. Generated on the fly."),
    _blobs,
    classes="ABCD",
    reach=1.2,
    std=(0.88, 0.88),
)
