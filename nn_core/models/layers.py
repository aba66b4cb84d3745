"""`layers`: a stack of layers that the user builds row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.activations import make_activation_factory
from nn_core.models.model import Model
from nn_core.models.stack import (
    ActivationRow,
    BatchNormRow,
    ConvRow,
    DropoutRow,
    FlattenRow,
    LayerNormRow,
    LinearRow,
    PoolRow,
    ResidualRow,
    Row,
    compute_shapes,
)
from nn_core.settings import Section, declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "LayersSettings"]


class LayersSettings(Section, title=N_("Your own layers")):
    """Build the network yourself, row by row. The last layer, with one output for each class, is added automatically."""

    name: Literal["layers"] = "layers"
    rows: tuple[Row, ...] = declare_setting(
        (
            ConvRow(channels=16),
            ActivationRow(),
            PoolRow(),
            ConvRow(channels=32),
            ActivationRow(),
            PoolRow(),
            FlattenRow(),
            LinearRow(neurons=64),
            ActivationRow(),
        ),
        N_("Rows"),
        N_("The layers, from input to output."),
        max_length=100,
    )


def build(settings: LayersSettings, task: TaskSpec) -> nn.Module:
    """Build the network. Raises ConfigError if a row cannot take the shape of its input."""
    from torch import nn

    from nn_core.models.parts.blocks import Residual

    shapes = compute_shapes(settings.rows, task)
    modules: list[nn.Module] = []
    starts: list[int] = []  # for each row, the number of modules before it
    for number, row in enumerate(settings.rows):
        starts.append(len(modules))
        if isinstance(row, ResidualRow):
            start = starts[number - row.rows]
            modules[start:] = [Residual(nn.Sequential(*modules[start:]), nn.Identity())]
            starts = [min(other, start) for other in starts]
        else:
            modules.append(_build_row(row, shapes[number]))
    return nn.Sequential(*modules, nn.Linear(shapes[-1][0], task.classes))


def _build_row(row: Row, shape: tuple[int, ...]) -> nn.Module:
    """Build the module of a row with the input shape `shape`."""
    from torch import nn

    match row:
        case ConvRow():
            return nn.Conv2d(shape[0], row.channels, row.kernel, row.stride, row.kernel // 2 if row.padded else 0)
        case PoolRow():
            return nn.MaxPool2d(row.size) if row.kind == "max" else nn.AvgPool2d(row.size)
        case LinearRow():
            return nn.Linear(shape[0], row.neurons)
        case BatchNormRow():
            return nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])
        case LayerNormRow():
            return nn.LayerNorm(shape)
        case DropoutRow():
            return nn.Dropout(row.share)
        case ActivationRow():
            return make_activation_factory(row)()
        case _:
            return nn.Flatten()


MODEL = Model(LayersSettings, build, reads=("pictures", "points"))
