"""`layers`: a stack of layers that the user builds row by row. `compute_shapes` checks them without torch, at every edit of the form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model
from nn_core.settings import NamedSection, declare_setting, get_title
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "FlattenRow", "LayersSettings", "compute_shapes"]

Shape = tuple[int, ...]


class ConvRow(NamedSection, title=N_("Convolution")):
    """Looks for small patterns everywhere in the picture."""

    name: Literal["conv"] = "conv"
    channels: int = declare_setting(16, "Channels", "How many different patterns it looks for.", ge=1, le=1024)
    kernel: int = declare_setting(3, "Kernel", "The side of this square.", term="kernel", unit="px", ge=1, le=32)
    stride: int = declare_setting(
        1, "Stride", "Apply it at every pixel (1), at every second pixel (2), and so on.", ge=1, le=8
    )
    padded: bool = declare_setting(True, "Padding", "Zeros around the edge, so that the picture keeps its size.")


class PoolRow(NamedSection, title=N_("Pool")):
    """Makes the picture smaller: each square of pixels becomes one pixel."""

    name: Literal["pool"] = "pool"
    kind: Literal["max", "mean"] = declare_setting("max", "Keep", "The maximum of each square, or its mean.")
    size: int = declare_setting(2, "Size", "The side of the squares.", unit="px", ge=1, le=32)


class LinearRow(NamedSection, title=N_("Dense")):
    """Neurons that are each connected to all inputs."""

    name: Literal["linear"] = "linear"
    neurons: int = declare_setting(64, "Neurons", "How many neurons the layer has.", ge=1, le=8192)


class BatchNormRow(NamedSection, title=N_("Batch norm")):
    """Scales each channel to mean 0 and standard deviation 1 over the batch."""

    name: Literal["batch_norm"] = "batch_norm"


class LayerNormRow(NamedSection, title=N_("Layer norm")):
    """Scales the values of each sample to mean 0 and standard deviation 1."""

    name: Literal["layer_norm"] = "layer_norm"


class DropoutRow(NamedSection, title=N_("Dropout")):
    """Switches values off at random during training, against memorising."""

    name: Literal["dropout"] = "dropout"
    share: float = declare_setting(
        0.25, "Fraction", "The fraction of the values that is switched off.", term="dropout", ge=0, le=0.9
    )


class ActivationRow(ActivationSettings, title=N_("Activation")):
    """The non-linear function between two layers."""

    name: Literal["activation"] = "activation"


class FlattenRow(NamedSection, title=N_("Flatten")):
    """Converts a picture to a single row of numbers, for dense layers."""

    name: Literal["flatten"] = "flatten"


class ResidualRow(NamedSection, title=N_("Residual")):
    """Adds the input of an earlier row to the output of the previous row."""

    name: Literal["residual"] = "residual"
    rows: int = declare_setting(2, "Rows back", "How many rows the connection skips.", ge=1, le=99)


Row = Annotated[
    ConvRow | PoolRow | LinearRow | BatchNormRow | LayerNormRow | DropoutRow | ActivationRow | FlattenRow | ResidualRow,
    Field(discriminator="name"),
]


class LayersSettings(NamedSection, title=N_("Your own layers")):
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
        "Rows",
        "The layers, from input to output.",
        max_length=100,
    )


def build(settings: LayersSettings, task: TaskSpec) -> nn.Module:
    """Build the network. Raises ConfigError if a row cannot take the shape of its input."""
    from torch import nn

    from nn_core.models.parts import Residual

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


def compute_shapes(rows: Sequence[Row], task: TaskSpec) -> list[Shape]:
    """Return the input shape of each row, and the output shape of the last.

    Raises:
        ConfigError: a row cannot take the shape of its input; the message has its number and both shapes.
    """
    shapes: list[Shape] = [task.shape]
    for row in rows:
        shapes.append(_compute_output_shape(row, shapes))
    if len(shapes[-1]) != 1:
        raise _make_mismatch_error(
            _("The output"), shapes[-1], _("one row of numbers"), _("Add a Flatten row at the end.")
        )
    return shapes


def _compute_output_shape(row: Row, shapes: list[Shape]) -> Shape:
    """Return the output shape of the row after those with these input shapes."""
    *above, shape = shapes
    where = _("Row {number}, {title}").format(number=len(shapes), title=_(get_title(type(row))))
    make_error = partial(_make_mismatch_error, where, shape)
    pixels = _("at least {side} × {side} pixels")
    match row:
        case ConvRow() | PoolRow() if len(shape) == 1:
            raise make_error(_("channels × height × width"), _("Move it above the Flatten row, or remove it."))
        case ConvRow():
            padding = 2 * (row.kernel // 2) if row.padded else 0
            if min(shape[1:]) + padding < row.kernel:
                raise make_error(pixels.format(side=row.kernel), _("Use a smaller kernel, or pool less above."))
            return (row.channels, *((side + padding - row.kernel) // row.stride + 1 for side in shape[1:]))
        case PoolRow():
            if min(shape[1:]) < row.size:
                raise make_error(pixels.format(side=row.size), _("Use a smaller size, or pool less above."))
            return (shape[0], *(side // row.size for side in shape[1:]))
        case LinearRow():
            if len(shape) > 1:
                raise make_error(_("one row of numbers"), _("Put a Flatten row before it."))
            return (row.neurons,)
        case FlattenRow():
            return (prod(shape),)
        case ResidualRow() if row.rows > len(above):
            raise ConfigError(
                _("{where}: it skips {rows} rows, and only {above} are above it. Skip fewer rows.").format(
                    where=where, rows=row.rows, above=len(above)
                )
            )
        case ResidualRow() if (skipped := above[-row.rows]) != shape:
            raise make_error(
                _("{shape}, the input of row {number},").format(
                    shape=_format_shape(skipped), number=len(shapes) - row.rows
                ),
                _("Both must be equal to be added: change the rows between, or skip other rows."),
            )
        case _:
            return shape


def _make_mismatch_error(where: str, shape: Shape, needed: str, remedy: str) -> ConfigError:
    return ConfigError(
        _("{where}: the input is {shape}, and {needed} is needed. {remedy}").format(
            where=where, shape=_format_shape(shape), needed=needed, remedy=remedy
        )
    )


def _format_shape(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else _("a row of {count} numbers").format(count=shape[0])


MODEL = Model(LayersSettings, build, reads=("pictures", "points"))
