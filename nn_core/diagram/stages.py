"""Reduces a network to the stages of its diagram: layers with their activations folded in, residual groups, repeats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_, _
from nn_core.task import Goal, TaskSpec

if TYPE_CHECKING:
    from nn_core.models.summary import LayerRow

__all__ = ["Group", "Item", "Role", "Stage", "list_network_items", "list_stages"]

Role = Literal["input", "convolution", "pool", "dense", "sequence", "attention", "latent", "output", "other"]
_MAX_STAGES = 9
"""With more stages, repeated ones are drawn once."""
_MAX_REPEAT_LENGTH = 6


@dataclass(frozen=True)
class Stage:
    """A layer in the diagram.

    Attributes:
        shape: of its output, without the batch.
        notes: folded-in layers, such as the activation.
        path: of the layer in the network.
        residual: path of the residual connection around it.
        after: layers that follow that connection.
    """

    title: str
    role: Role
    shape: tuple[int, ...]
    notes: tuple[str, ...] = ()
    parameters: int = 0
    path: str = field(default="", compare=False)
    residual: str = field(default="", compare=False)
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Items that repeat or are inside a residual connection."""

    items: tuple[Item, ...]
    repeats: int = 1
    residual: bool = False


Item = Stage | Group


def list_network_items(rows: Sequence[LayerRow], task: TaskSpec, goal: Goal) -> list[Item]:
    """List the stages and groups from the input to the output."""
    stages = [_make_input_stage(task)]
    for number, row in enumerate(rows):
        # A module with parameters of its own is listed after those inside it.
        outer = any(before.path.startswith(f"{row.path}.") for before in rows[:number])
        _add_row(stages, row, folded=outer or "shortcut" in row.path.split("."))
    items = _group_residuals(_name_ends(stages, goal))
    return _group_repeats(items) if len(stages) > _MAX_STAGES else items


def list_stages(items: Sequence[Item]) -> list[Stage]:
    """List all stages in order, including those inside groups."""
    return [stage for item in items for stage in ([item] if isinstance(item, Stage) else list_stages(item.items))]


def _make_input_stage(task: TaskSpec) -> Stage:
    titles = {"pictures": _("Picture"), "text": _("Text"), "points": _("Point")}
    return Stage(titles[task.kind], "input", task.shape)


def _add_row(stages: list[Stage], row: LayerRow, *, folded: bool) -> None:
    """Fold the row into the last stage, or add a stage for it."""
    last = stages[-1]
    parameters = last.parameters + row.parameters
    block, convolutions = _get_numbered_path(row.path, "blocks"), _get_path_before(row.path, "searches")
    if block and last.path == block:
        stages[-1] = replace(last, shape=row.output, parameters=parameters)
    elif block:
        stages.append(Stage(_("Attention block"), "attention", row.output, (), row.parameters, block))
    elif convolutions and last.path == convolutions:
        shape = (last.shape[0] + row.output[0], max(last.shape[1], row.output[1]))
        stages[-1] = replace(last, shape=shape, notes=(*last.notes, *_get_details(row)), parameters=parameters)
    elif convolutions:
        title = _("Letter groups")
        stages.append(Stage(title, "convolution", row.output, _get_details(row), row.parameters, convolutions))
    elif folded:
        stages[-1] = replace(last, parameters=parameters)
    elif _is_folded(row, last.shape):
        last = replace(last, parameters=parameters)
        if last.residual and _get_path_before(row.path, "inside") != last.residual:
            stages[-1] = replace(last, after=(*last.after, *_get_notes(row)))
        else:
            stages[-1] = replace(last, notes=(*last.notes, *_get_notes(row)))
    else:
        stages.append(_make_stage(row, last))


def _group_residuals(stages: Sequence[Stage]) -> list[Item]:
    items: list[Item] = []
    for path, run in groupby(stages, key=lambda stage: stage.residual):
        members = tuple(run)
        items += [Group(members, residual=True)] if path else members
    return items


def _make_stage(row: LayerRow, before: Stage) -> Stage:
    kind = _get_layer_type(row)
    role, title = _LAYERS.get(kind, ("other", kind))
    details = _get_details(row)
    if role == "other" and len(row.output) == 1 and len(before.shape) > 1:
        title, details = N_("Final state"), _get_notes(row)
    elif row.path.endswith(".patches"):
        title = N_("Patches")
    residual = _get_path_before(row.path, "inside")
    return Stage(_(title), role, row.output, details, row.parameters, row.path, residual)


def _name_ends(stages: Sequence[Stage], goal: Goal) -> list[Stage]:
    """Name the output, and the latent numbers of an autoencoder."""
    named = list(stages)
    for number, (stage, following) in enumerate(pairwise(stages)):
        if stage.path.startswith("encoder") and following.path.startswith("decoder"):
            named[number] = replace(stage, title=_("Latent numbers"), role="latent")
    titles = {"classify": _("Output"), "reconstruct": _("Reconstructed picture"), "regress": _("Predicted value")}
    named[-1] = replace(named[-1], title=titles[goal], role="output")
    return named


def _group_repeats(items: Sequence[Item]) -> list[Item]:
    """Put consecutive equal items into groups; where several are possible, the one that saves most."""
    found: list[Item] = []
    start = 0
    while start < len(items):
        length, times = max(
            ((length, _count_repeats(items, start, length)) for length in range(1, _MAX_REPEAT_LENGTH + 1)),
            key=lambda repeat: (repeat[0] * (repeat[1] - 1), -repeat[0]),
        )
        if times > 1:
            found.append(Group(tuple(items[start : start + length]), repeats=times))
        else:
            length = 1
            found.append(items[start])
        start += length * times
    return found


def _count_repeats(items: Sequence[Item], start: int, length: int) -> int:
    """How often the `length` items from `start` follow each other."""
    times = 1
    while list(items[start + times * length : start + (times + 1) * length]) == list(items[start : start + length]):
        times += 1
    return times


_LAYERS: dict[str, tuple[Role, str]] = {
    "Conv2d": ("convolution", N_("Convolution")),
    "Conv1d": ("convolution", N_("Convolution")),
    "ConvTranspose2d": ("convolution", N_("Growing convolution")),
    "MaxPool2d": ("pool", N_("Pool")),
    "AvgPool2d": ("pool", N_("Pool")),
    "AdaptiveAvgPool2d": ("pool", N_("Mean")),
    "Linear": ("dense", N_("Dense")),
    "LSTM": ("sequence", "LSTM"),
    "GRU": ("sequence", "GRU"),
    "RNN": ("sequence", "RNN"),
    "Embedding": ("sequence", N_("Letters as numbers")),
    "Unflatten": ("other", N_("Picture")),
    "PlaneFeatures": ("input", N_("Features")),
}
"""The role and the title of each type of layer that has a stage of its own. The title of any other type is its name."""


def _get_layer_type(row: LayerRow) -> str:
    return row.layer.split()[0]


def _is_folded(row: LayerRow, shape: tuple[int, ...]) -> bool:
    """Whether it keeps the shape or flattens it, and is therefore folded into the stage before it."""
    kind = _get_layer_type(row)
    return kind == "Flatten" or (row.output == shape and _LAYERS.get(kind, ("other", ""))[0] == "other")


def _get_notes(row: LayerRow) -> tuple[str, ...]:
    names = {
        "BatchNorm1d": _("batch norm"),
        "BatchNorm2d": _("batch norm"),
        "LayerNorm": _("layer norm"),
        "FormulaActivation": _("your formula"),
    }
    kind = _get_layer_type(row)
    if kind in ("Identity", "Flatten") or re.fullmatch(r"Dropout\w* 0", row.layer):
        return ()
    if kind.startswith("Dropout"):
        return (_("dropout") + row.layer.removeprefix(kind),)
    return (names.get(kind, kind),)


def _get_details(row: LayerRow) -> tuple[str, ...]:
    """What the description says besides the sizes: '3×3', 'stride 2', 'both ways'; for pooling its size."""
    if _LAYERS.get(_get_layer_type(row), ("other", ""))[0] == "pool":
        size = row.layer.partition(" ")[2]
        return (f"{size}×{size}",) if size else ()
    return tuple(row.layer.split(", ")[1:])


def _get_path_before(path: str, name: str) -> str:
    """The path of the outermost module that contains one of that name; empty if there is none."""
    parts = path.split(".")
    return ".".join(parts[: parts.index(name)]) if name in parts else ""


def _get_numbered_path(path: str, name: str) -> str:
    """The path down to the number below `name`."""
    parts = path.split(".")
    return ".".join(parts[: parts.index(name) + 2]) if name in parts else ""
