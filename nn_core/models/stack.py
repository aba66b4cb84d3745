"""The rows that a network can be stacked of, and the shapes that pass from row to row. Needs no torch, so that every edit
of a form can be checked at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from pydantic import Field

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.models.activations import Activated
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
        3, N_("Kernel"), N_("The side of the patch that it looks at."), unit="px", ge=1, le=32
    )
    stride: int = declare_setting(
        1, N_("Stride"), N_("Look at every pixel (1), or only at every second one (2), and so on."), ge=1, le=8
    )
    padded: bool = declare_setting(True, N_("Padded"), N_("Black around the edge, so that the picture keeps its size."))


class PoolRow(Section, title=N_("Pool")):
    """Makes the picture smaller: of each square of pixels one is kept."""

    name: Literal["pool"] = "pool"
    kind: Literal["max", "mean"] = declare_setting("max", N_("Keep"), N_("The strongest of each square, or the mean."))
    size: int = declare_setting(2, N_("Size"), N_("The side of the squares."), unit="px", ge=1, le=32)


class LinearRow(Section, title=N_("Dense")):
    """Neurons that each look at everything that arrives."""

    name: Literal["linear"] = "linear"
    neurons: int = declare_setting(64, N_("Neurons"), N_("How many neurons the layer has."), ge=1, le=8192)


class BatchNormRow(Section, title=N_("Batch norm")):
    """Brings each signal to mean 0 and deviation 1 over the batch."""

    name: Literal["batch_norm"] = "batch_norm"


class LayerNormRow(Section, title=N_("Layer norm")):
    """Brings the signals of each sample to mean 0 and deviation 1."""

    name: Literal["layer_norm"] = "layer_norm"


class DropoutRow(Section, title=N_("Dropout")):
    """Switches signals off at random while training, against memorising."""

    name: Literal["dropout"] = "dropout"
    share: float = declare_setting(0.25, N_("Share"), N_("How many of the signals are switched off."), ge=0, le=0.9)


class ActivationRow(Activated, title=N_("Activation")):
    """The bend between two layers."""

    name: Literal["activation"] = "activation"


class FlattenRow(Section, title=N_("Flatten")):
    """Lays the numbers of a picture out in one row, for dense layers."""

    name: Literal["flatten"] = "flatten"


class ResidualRow(Section, title=N_("Residual")):
    """Adds what arrived some rows before to what arrives here."""

    name: Literal["residual"] = "residual"
    rows: int = declare_setting(2, N_("Rows back"), N_("Over how many rows the connection jumps."), ge=1, le=99)


Row = Annotated[
    ConvRow | PoolRow | LinearRow | BatchNormRow | LayerNormRow | DropoutRow | ActivationRow | FlattenRow | ResidualRow,
    Field(discriminator="name"),
]


def compute_shapes(rows: Sequence[Row], problem: TaskSpec) -> list[Shape]:
    """The shape that arrives at each row, and at the output after the last. Raises ConfigError where a row cannot take
    what arrives, with its number, that shape and the one that it needs."""
    passed: list[Shape] = [problem.shape]
    for number, row in enumerate(rows):
        passed.append(_after(row, number, passed))
    if len(passed[-1]) != 1:
        raise _mismatch(_("The output"), passed[-1], _("one row of numbers"), _("Add a Flatten row at the end."))
    return passed


def _after(row: Row, number: int, passed: list[Shape]) -> Shape:
    """The shape that leaves a row."""
    shape = passed[-1]
    where = _("Row {number}, {title}").format(number=number + 1, title=_(get_title(type(row))))
    flat = len(shape) == 1
    match row:
        case ConvRow() | PoolRow() if flat:
            raise _mismatch(
                where, shape, _("channels × height × width"), _("Move it above the Flatten row, or take it out.")
            )
        case ConvRow():
            around = 2 * (row.kernel // 2) if row.padded else 0
            if min(shape[1:]) + around < row.kernel:
                raise _mismatch(
                    where,
                    shape,
                    _("at least {side} × {side} pixels").format(side=row.kernel),
                    _("Use a smaller kernel, or pool less above."),
                )
            return (row.channels, *((side + around - row.kernel) // row.stride + 1 for side in shape[1:]))
        case PoolRow():
            if min(shape[1:]) < row.size:
                raise _mismatch(
                    where,
                    shape,
                    _("at least {side} × {side} pixels").format(side=row.size),
                    _("Use a smaller size, or pool less above."),
                )
            return (shape[0], *(side // row.size for side in shape[1:]))
        case LinearRow():
            if not flat:
                raise _mismatch(where, shape, _("one row of numbers"), _("Put a Flatten row before it."))
            return (row.neurons,)
        case FlattenRow():
            return (prod(shape),)
        case ResidualRow():
            return _residual(row, number, where, passed)
        case _:
            return shape


def _residual(row: ResidualRow, number: int, where: str, passed: list[Shape]) -> Shape:
    if row.rows > number:
        raise ConfigError(
            _("{where}: it jumps over {rows} rows, and only {above} are above it. Let it jump over fewer.").format(
                where=where, rows=row.rows, above=number
            )
        )
    before = passed[number - row.rows]
    if before != passed[-1]:
        raise _mismatch(
            where,
            passed[-1],
            _("{shape}, which arrives at row {number},").format(shape=_in_words(before), number=number - row.rows + 1),
            _("Both must be equal to be added: change the rows between, or jump over others."),
        )
    return passed[-1]


def _mismatch(where: str, shape: Shape, needed: str, remedy: str) -> ConfigError:
    return ConfigError(
        _("{where}: {shape} arrives, and {needed} is needed. {remedy}").format(
            where=where, shape=_in_words(shape), needed=needed, remedy=remedy
        )
    )


def _in_words(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else _("a row of {count} numbers").format(count=shape[0])
