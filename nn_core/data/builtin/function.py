"""Points in the plane with a function to learn: `function`, which the user types, and the values `slope` and `hills`.

A typed boundary such as `x2 > sin(3*x1)` decides the class of each point. A value such as `x1*x2` is to be predicted: regression.
Formulas need numpy, so they are imported only where they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.toy2d import count_train, read_generated, split_points
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.i18n import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from nn_core.data.settings import DataSettings
    from nn_core.models.formula.plane import PlaneFormula

__all__ = ["FUNCTION", "HILLS", "HILL_CENTRES", "HILL_WIDTH", "SLOPE"]

_SEED = 20_240_229
_STD = 1.155  # of coordinates spread evenly from -2 to 2
_CANDIDATES = 4000  # points drawn at a time; a class has at least 1 % of the square
HILL_CENTRES = ((0.0, 1.2, 1), (1.2, 0.6, -1), (1.0, -0.9, 1), (0.0, -1.2, -1), (-1.2, -0.6, 1), (-1.0, 0.9, -1))
HILL_WIDTH = 0.45

Evaluate = Callable[["Tensor"], "Tensor"]
"""points [count, 2] → their values [count]."""


def _read_values(evaluate: Evaluate, _folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    """Spread points evenly over the square. The noise moves a point after its value was computed."""
    import torch

    from nn_core.models.formula.plane import REACH

    random = torch.Generator().manual_seed(_SEED)
    points = 2 * REACH * torch.rand(settings.plane.points, 2, generator=random) - REACH
    values = evaluate(points)
    points += settings.plane.noise * torch.randn(points.shape, generator=random)
    return split_points(Split(points, values), 1, random)


def _compute(formula: PlaneFormula, points: Tensor) -> Tensor:
    """Return the formula's values at points, or 1 where its condition is true and 0 elsewhere; float32 [count].

    Values beyond the limit, near a pole that the check did not hit, are cut off.
    """
    import torch

    from nn_core.models.formula.plane import LARGEST_VALUE

    x1, x2 = points.double().numpy().T
    values = torch.from_numpy(formula.compute(x1, x2).astype("float32"))
    return values.nan_to_num(0.0).clamp(-LARGEST_VALUE, LARGEST_VALUE)


def _compute_slope(points: Tensor) -> Tensor:
    from nn_core.models.formula.plane import REACH

    return points.sum(dim=1) / (2 * REACH)


def _compute_hills(points: Tensor) -> Tensor:
    """Gaussian hills and valleys in turn, around the centre."""
    import torch

    values = torch.zeros(len(points))
    for x1, x2, sign in HILL_CENTRES:
        distance = (points - torch.tensor([x1, x2])).square().sum(dim=1)
        values += sign * torch.exp(-distance / (2 * HILL_WIDTH**2))
    return values


def _spread_in_classes(formula: PlaneFormula, labels: Tensor, random: Generator) -> Tensor:
    """Spread the points of each class evenly over its part of the square: class A where the condition is true, B elsewhere."""
    import torch

    from nn_core.models.formula.plane import REACH

    points = torch.empty(len(labels), 2)
    for label in (0, 1):
        rows = torch.nonzero(labels == label).flatten()
        found = torch.empty(0, 2)
        while len(found) < len(rows):
            candidates = 2 * REACH * torch.rand(_CANDIDATES, 2, generator=random) - REACH
            found = torch.cat([found, candidates[_compute(formula, candidates) == 1 - label]])
        points[rows] = found[: len(rows)]
    return points


def _adapt(settings: DataSettings) -> DatasetSpec:
    """Return the description for the typed function. Raises ConfigError."""
    from nn_core.models.formula.plane import PlaneFormula

    formula = PlaneFormula.parse(settings.plane.function)
    if not formula.is_boundary:
        return _make_regression(FUNCTION, partial(_compute, formula))
    generate = partial(_spread_in_classes, formula)
    return replace(FUNCTION, read=partial(read_generated, generate, 1.0, 2))


def _read_adapted(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    return _adapt(settings).read(folder, settings)


def _make_regression(spec: DatasetSpec, evaluate: Evaluate) -> DatasetSpec:
    return replace(
        spec, classes=(), is_regression=True, read=partial(_read_values, evaluate), train_counts=partial(count_train, 1)
    )


FUNCTION = DatasetSpec(
    licence=N_("generated, none is needed"),
    name="function",
    title=N_("Your function (classes or a value in the plane)"),
    about=N_(
        "A function of x1 and x2 that you type: a boundary such as x2 > sin(3*x1) gives two classes, a value such as x1*x2 is to be "
        "predicted. Generated on the fly."
    ),
    classes=("A", "B"),
    shape=(2,),
    read=_read_adapted,
    kind="points",
    mean=(0.0, 0.0),
    std=(_STD, _STD),
    train_counts=partial(count_train, 2),
    adapt=_adapt,
    plane_settings=("points", "noise", "function"),
)
_VALUES = replace(FUNCTION, adapt=None, plane_settings=("points", "noise"))
SLOPE = _make_regression(
    replace(
        _VALUES,
        name="slope",
        title=N_("Slope (a value in the plane)"),
        about=N_(
            "The value to predict rises evenly from one corner to the opposite one: a single neuron can learn it. Generated on the fly."
        ),
    ),
    _compute_slope,
)
HILLS = _make_regression(
    replace(
        _VALUES,
        name="hills",
        title=N_("Hills (a value in the plane)"),
        about=N_(
            "The value to predict forms three hills and three valleys around the centre: the network needs a hidden layer. "
            "Generated on the fly."
        ),
    ),
    _compute_hills,
)
