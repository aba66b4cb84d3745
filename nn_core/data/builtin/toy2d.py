"""Points in the plane, generated on the fly: `moons`, `circles`, `xor`, `spiral` and `blobs`.

scikit-learn can generate some of them, but importing it takes two seconds, which is too long for the Playground page.
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

__all__ = ["BLOBS", "CIRCLES", "MOONS", "SPIRAL", "XOR", "Generate", "count_train", "read_generated", "split_points"]

_SEED = 20_240_229
_TEST_EVERY = 3  # a third of each class is for the test

Generate = Callable[["Tensor", "Generator"], "Tensor"]
"""(labels, random) → points without noise [count, 2], centred on 0; the classes are separate neighbours."""


def read_generated(
    generate: Generate, noise_scale: float, classes: int, _folder: Path, settings: DataSettings
) -> tuple[Split, Split]:
    """Generate the points.

    Args:
        generate: gives the points without noise.
        noise_scale: the standard deviation of each coordinate at a noise of 1. It is chosen so that the same noise makes all of
            these data sets about equally hard.
        classes: their number.
        settings: the number of points and the noise.
    """
    import torch

    random = torch.Generator().manual_seed(_SEED)
    labels = torch.arange(settings.plane.points) % classes
    points = generate(labels, random)
    points += settings.plane.noise * noise_scale * torch.randn(points.shape, generator=random)
    return split_points(Split(points, labels), classes, random)


def split_points(samples: Split, classes: int, random: Generator) -> tuple[Split, Split]:
    """Shuffle points whose labels follow one after the other, and take a third of each class for the test."""
    import torch

    number = torch.arange(len(samples))
    for_test = number // classes % _TEST_EVERY == _TEST_EVERY - 1
    shuffled = torch.randperm(len(number), generator=random)
    return samples.take(shuffled[~for_test[shuffled]]), samples.take(shuffled[for_test[shuffled]])


def count_train(classes: int, settings: DataSettings) -> tuple[int, ...]:
    """Count the points of each class that are not for the test."""
    numbers = [number for number in range(settings.plane.points) if number // classes % _TEST_EVERY != _TEST_EVERY - 1]
    return tuple(sum(number % classes == label for number in numbers) for label in range(classes))


def _from_polar(radius: Tensor | float, angle: Tensor) -> Tensor:
    import torch

    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def _moons(labels: Tensor, random: Generator) -> Tensor:
    """Two interlocking half circles."""
    import torch

    angle = math.pi * torch.rand(len(labels), generator=random)
    side = 1 - 2 * labels
    return torch.stack([side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)], dim=1)


def _circles(labels: Tensor, random: Generator) -> Tensor:
    """A ring around a ring."""
    import torch

    angle = 2 * math.pi * torch.rand(len(labels), generator=random)
    return _from_polar(1.3 - 0.7 * labels, angle)


def _xor(labels: Tensor, random: Generator) -> Tensor:
    """Four squares; opposite squares are of the same class."""
    import torch

    points = 0.15 + 1.15 * torch.rand(len(labels), 2, generator=random)
    side = 1 - 2 * torch.randint(2, (len(labels),), generator=random)
    return points * torch.stack([side, side * (1 - 2 * labels)], dim=1)


def _spiral(labels: Tensor, random: Generator) -> Tensor:
    """Three arms, each of two thirds of a turn."""
    import torch

    # Farther out, the arm is longer for the same angle; the square root spreads the points evenly along it.
    along = torch.rand(len(labels), generator=random).sqrt()
    radius = 0.1 + 1.35 * along
    return _from_polar(radius, 2 * math.pi * (2 / 3 * along + labels / 3))


def _blobs(labels: Tensor, random: Generator) -> Tensor:
    """Four round clusters."""
    import torch

    angle = 2 * math.pi * torch.rand(len(labels), generator=random)
    radius = 0.4 * torch.rand(len(labels), generator=random).sqrt()
    return _from_polar(radius, angle) + _from_polar(1.2, math.pi * (labels / 2 + 1 / 4))


def _make_spec(
    name: str, title: str, about: str, generate: Generate, *, classes: str, noise_scale: float, std: tuple[float, float]
) -> DatasetSpec:
    """Declare a data set; `std` is that of the coordinates at the default noise."""
    return DatasetSpec(
        licence=N_("generated, none is needed"),
        name=name,
        title=title,
        about=about,
        classes=tuple(classes),
        shape=(2,),
        kind="points",
        mean=(0.0, 0.0),
        std=std,
        read=partial(read_generated, generate, noise_scale, len(classes)),
        train_counts=partial(count_train, len(classes)),
        plane_settings=("points", "noise"),
    )


MOONS = _make_spec(
    "moons",
    N_("Moons (2 classes in the plane)"),
    N_("Two interlocking half moons: no straight line can separate them. Generated on the fly."),
    _moons,
    classes="AB",
    noise_scale=0.75,
    std=(0.86, 0.5),
)
CIRCLES = _make_spec(
    "circles",
    N_("Circles (2 classes in the plane)"),
    N_("A ring around a ring: the network needs a closed boundary. Generated on the fly."),
    _circles,
    classes="AB",
    noise_scale=0.65,
    std=(0.72, 0.72),
)
XOR = _make_spec(
    "xor",
    N_("Exclusive or (2 classes in the plane)"),
    N_(
        "Four squares; opposite squares are of the same class. Without a hidden layer, a network needs the feature x₁x₂. Generated on the fly."
    ),
    _xor,
    classes="AB",
    noise_scale=0.8,
    std=(0.8, 0.8),
)
SPIRAL = _make_spec(
    "spiral",
    N_("Spiral (3 classes in the plane)"),
    N_("Three arms that wind around each other: the hardest of these data sets. Generated on the fly."),
    _spiral,
    classes="ABC",
    noise_scale=0.55,
    std=(0.74, 0.74),
)
BLOBS = _make_spec(
    "blobs",
    N_("Blobs (4 classes in the plane)"),
    N_("Four clusters of points: the easiest of these data sets, straight lines separate them. Generated on the fly."),
    _blobs,
    classes="ABCD",
    noise_scale=1.2,
    std=(0.88, 0.88),
)
