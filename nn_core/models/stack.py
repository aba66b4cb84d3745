"""The rows of the network `layers`, and the shapes between them. Does not import torch, so that a form can check every edit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from pydantic import Field

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.models.activations import ActivationSettings
from nn_core.settings import Section, declare_setting, get_title
from nn_core.task import TaskSpec

__all__ = [
    "ActivationRow",
    "BatchNormRow",
    "ConvRow",
    "DropoutRow",
    "FlattenRow",
    "LayerNormRow",
    "LinearRow",
    "PoolRow",
    "ResidualRow",
    "Row",
    "compute_shapes",
]

Shape = tuple[int, ...]


class ConvRow(Section, title=N_("Convolution")):
    """Looks for small patterns everywhere in the picture."""

    name: Literal["conv"] = "conv"
    channels: int = declare_setting(16, N_("Channels"), N_("How many different patterns it looks for."), ge=1, le=1024)
    kernel: int = declare_setting(
        3, N_("Kernel"), N_("The side of the square that the convolution sees."), unit="px", ge=1, le=32
    )
    stride: int = declare_setting(
        1, N_("Stride"), N_("Apply it at every pixel (1), at every second pixel (2), and so on."), ge=1, le=8
    )
    padded: bool = declare_setting(
        True, N_("Padding"), N_("Zeros around the edge, so that the picture keeps its size.")
    )


class PoolRow(Section, title=N_("Pool")):
    """Makes the picture smaller: each square of pixels becomes one pixel."""

    name: Literal["pool"] = "pool"
    kind: Literal["max", "mean"] = declare_setting("max", N_("Keep"), N_("The maximum of each square, or its mean."))
    size: int = declare_setting(2, N_("Size"), N_("The side of the squares."), unit="px", ge=1, le=32)


class LinearRow(Section, title=N_("Dense")):
    """Neurons that are each connected to all inputs."""

    name: Literal["linear"] = "linear"
    neurons: int = declare_setting(64, N_("Neurons"), N_("How many neurons the layer has."), ge=1, le=8192)


class BatchNormRow(Section, title=N_("Batch norm")):
    """Scales each channel to mean 0 and standard deviation 1 over the batch."""

    name: Literal["batch_norm"] = "batch_norm"


class LayerNormRow(Section, title=N_("Layer norm")):
    """Scales the values of each sample to mean 0 and standard deviation 1."""

    name: Literal["layer_norm"] = "layer_norm"


class DropoutRow(Section, title=N_("Dropout")):
    """Switches values off at random during training, against memorising."""

    name: Literal["dropout"] = "dropout"
    share: float = declare_setting(
        0.25, N_("Fraction"), N_("The fraction of the values that is switched off."), ge=0, le=0.9
    )


class ActivationRow(ActivationSettings, title=N_("Activation")):
    """The non-linear function between two layers."""

    name: Literal["activation"] = "activation"


class FlattenRow(Section, title=N_("Flatten")):
    """Converts a picture to a single row of numbers, for dense layers."""

    name: Literal["flatten"] = "flatten"


class ResidualRow(Section, title=N_("Residual")):
    """Adds the input of an earlier row to the output of the previous row."""

    name: Literal["residual"] = "residual"
    rows: int = declare_setting(2, N_("Rows back"), N_("How many rows the connection skips."), ge=1, le=99)


Row = Annotated[
    ConvRow | PoolRow | LinearRow | BatchNormRow | LayerNormRow | DropoutRow | ActivationRow | FlattenRow | ResidualRow,
    Field(discriminator="name"),
]


def compute_shapes(rows: Sequence[Row], task: TaskSpec) -> list[Shape]:
    """Return the input shape of each row, and the output shape of the last.

    Raises:
        ConfigError: a row cannot take the shape of its input; the message has its number and both shapes.
    """
    shapes: list[Shape] = [task.shape]
    for number, row in enumerate(rows):
        shapes.append(_compute_output_shape(row, number, shapes))
    if len(shapes[-1]) != 1:
        raise _make_mismatch_error(
            _("The output"), shapes[-1], _("one row of numbers"), _("Add a Flatten row at the end.")
        )
    return shapes


def _compute_output_shape(row: Row, number: int, shapes: list[Shape]) -> Shape:
    shape = shapes[-1]
    where = _("Row {number}, {title}").format(number=number + 1, title=_(get_title(type(row))))
    is_flat = len(shape) == 1
    match row:
        case ConvRow() | PoolRow() if is_flat:
            raise _make_mismatch_error(
                where, shape, _("channels × height × width"), _("Move it above the Flatten row, or remove it.")
            )
        case ConvRow():
            padding = 2 * (row.kernel // 2) if row.padded else 0
            if min(shape[1:]) + padding < row.kernel:
                raise _make_mismatch_error(
                    where,
                    shape,
                    _("at least {side} × {side} pixels").format(side=row.kernel),
                    _("Use a smaller kernel, or pool less above."),
                )
            return (row.channels, *((side + padding - row.kernel) // row.stride + 1 for side in shape[1:]))
        case PoolRow():
            if min(shape[1:]) < row.size:
                raise _make_mismatch_error(
                    where,
                    shape,
                    _("at least {side} × {side} pixels").format(side=row.size),
                    _("Use a smaller size, or pool less above."),
                )
            return (shape[0], *(side // row.size for side in shape[1:]))
        case LinearRow():
            if not is_flat:
                raise _make_mismatch_error(where, shape, _("one row of numbers"), _("Put a Flatten row before it."))
            return (row.neurons,)
        case FlattenRow():
            return (prod(shape),)
        case ResidualRow():
            return _check_residual(row, number, where, shapes)
        case _:
            return shape


def _check_residual(row: ResidualRow, number: int, where: str, shapes: list[Shape]) -> Shape:
    if row.rows > number:
        raise ConfigError(
            _("{where}: it skips {rows} rows, and only {above} are above it. Skip fewer rows.").format(
                where=where, rows=row.rows, above=number
            )
        )
    skipped = shapes[number - row.rows]
    if skipped != shapes[-1]:
        raise _make_mismatch_error(
            where,
            shapes[-1],
            _("{shape}, the input of row {number},").format(shape=_format_shape(skipped), number=number - row.rows + 1),
            _("Both must be equal to be added: change the rows between, or skip other rows."),
        )
    return shapes[-1]


def _make_mismatch_error(where: str, shape: Shape, needed: str, remedy: str) -> ConfigError:
    return ConfigError(
        _("{where}: the input is {shape}, and {needed} is needed. {remedy}").format(
            where=where, shape=_format_shape(shape), needed=needed, remedy=remedy
        )
    )


def _format_shape(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else _("a row of {count} numbers").format(count=shape[0])
