"""A network as the few things that a drawing shows: layers with what follows them folded in, residual groups, repeats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal

from nn_core.i18n import _
from nn_core.task import Goal, TaskSpec

if TYPE_CHECKING:
    from nn_core.models.rows import LayerRow

__all__ = ["Group", "Item", "Role", "Stage", "list_network_items", "list_stages"]

Role = Literal["input", "convolution", "pool", "dense", "sequence", "attention", "latent", "output", "other"]
_MOST_STAGES = 9
"""With more of them, what repeats is drawn once."""
_LONGEST_REPEAT = 6


@dataclass(frozen=True)
class Stage:
    """What leaves a layer, and which layer. notes: what is folded in, such as the activation; path: its layer's; residual:
    the path of the residual connection that it is inside of; after: what follows that connection."""

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
    """Items that belong together: they repeat, or stand inside a residual connection."""

    items: tuple[Item, ...]
    repeats: int = 1
    residual: bool = False


Item = Stage | Group


def list_network_items(rows: Sequence[LayerRow], problem: TaskSpec, goal: Goal) -> list[Item]:
    """From the input to the output."""
    stages = [_input(problem)]
    for number, row in enumerate(rows):
        # A part with parameters of its own is done after those inside it.
        outer = any(before.path.startswith(f"{row.path}.") for before in rows[:number])
        _add(stages, row, folded=outer or "shortcut" in row.path.split("."))
    items = _residual_groups(_named_ends(stages, goal))
    return _repeats_once(items) if len(stages) > _MOST_STAGES else items


def list_stages(items: Sequence[Item]) -> list[Stage]:
    """Those that are drawn, in order."""
    return [stage for item in items for stage in ([item] if isinstance(item, Stage) else list_stages(item.items))]


def _input(problem: TaskSpec) -> Stage:
    titles = {"pictures": _("Picture"), "text": _("Text"), "points": _("Point")}
    return Stage(titles[problem.kind], "input", problem.shape)


def _add(stages: list[Stage], row: LayerRow, *, folded: bool) -> None:
    """Fold the row into the last stage, or add a stage for it."""
    last = stages[-1]
    parameters = last.parameters + row.parameters
    block, searches = _numbered_part(row.path, "blocks"), _part_before(row.path, "searches")
    if block and last.path == block:
        stages[-1] = replace(last, shape=row.output, parameters=parameters)
    elif block:
        stages.append(Stage(_("Attention block"), "attention", row.output, (), row.parameters, block))
    elif searches and last.path == searches:
        shape = (last.shape[0] + row.output[0], max(last.shape[1], row.output[1]))
        stages[-1] = replace(last, shape=shape, notes=(*last.notes, *_after_comma(row)), parameters=parameters)
    elif searches:
        title = _("Letter groups")
        stages.append(Stage(title, "convolution", row.output, _after_comma(row), row.parameters, searches))
    elif folded:
        stages[-1] = replace(last, parameters=parameters)
    elif _only_follows(row, last.shape):
        outside = bool(last.residual) and _part_before(row.path, "inside") != last.residual
        notes = {"after": (*last.after, *_notes(row))} if outside else {"notes": (*last.notes, *_notes(row))}
        stages[-1] = replace(last, parameters=parameters, **notes)  # type: ignore[arg-type]
    else:
        stages.append(_stage(row, last))


def _residual_groups(stages: Sequence[Stage]) -> list[Item]:
    items: list[Item] = []
    for path, run in groupby(stages, key=lambda stage: stage.residual):
        members = tuple(run)
        items += [Group(members, residual=True)] if path else members
    return items


def _stage(row: LayerRow, before: Stage) -> Stage:
    role = _ROLES.get(_word(row), "other")
    residual = _part_before(row.path, "inside")
    if role == "other" and len(row.output) == 1 and len(before.shape) > 1:
        return Stage(_("What is kept"), "other", row.output, _notes(row), row.parameters, row.path, residual)
    return Stage(_title(row), role, row.output, _after_comma(row), row.parameters, row.path, residual)


def _named_ends(stages: Sequence[Stage], goal: Goal) -> list[Stage]:
    """The output, and the few numbers in the middle of an autoencoder, by their own names."""
    named = list(stages)
    for number, (stage, following) in enumerate(pairwise(stages)):
        if stage.path.startswith("encoder") and following.path.startswith("decoder"):
            named[number] = replace(stage, title=_("Latent numbers"), role="latent")
    title = _("Output") if goal == "classify" else _("Reconstructed picture")
    named[-1] = replace(named[-1], title=title, role="output")
    return named


def _repeats_once(items: Sequence[Item]) -> list[Item]:
    """Runs of equal items as a group, the longest first wherever one begins."""
    found: list[Item] = []
    place = 0
    while place < len(items):
        length, times = max(
            ((length, _times(items, place, length)) for length in range(1, _LONGEST_REPEAT + 1)),
            key=lambda repeat: (repeat[0] * (repeat[1] - 1), -repeat[0]),
        )
        if times > 1:
            found.append(Group(tuple(items[place : place + length]), repeats=times))
        else:
            length = 1
            found.append(items[place])
        place += length * times
    return found


def _times(items: Sequence[Item], place: int, length: int) -> int:
    """How often the `length` items from `place` on follow each other."""
    times = 1
    while list(items[place + times * length : place + (times + 1) * length]) == list(items[place : place + length]):
        times += 1
    return times


# Words

_ROLES: dict[str, Role] = {
    "Conv2d": "convolution",
    "Conv1d": "convolution",
    "ConvTranspose2d": "convolution",
    "MaxPool2d": "pool",
    "AvgPool2d": "pool",
    "AdaptiveAvgPool2d": "pool",
    "Linear": "dense",
    "LSTM": "sequence",
    "GRU": "sequence",
    "RNN": "sequence",
    "Embedding": "sequence",
}


def _word(row: LayerRow) -> str:
    return row.layer.split()[0]


def _title(row: LayerRow) -> str:
    titles = {
        "Conv2d": _("Convolution"),
        "Conv1d": _("Convolution"),
        "ConvTranspose2d": _("Growing convolution"),
        "MaxPool2d": _("Pool"),
        "AvgPool2d": _("Pool"),
        "AdaptiveAvgPool2d": _("Mean"),
        "Linear": _("Dense"),
        "Embedding": _("Letters as numbers"),
        "Unflatten": _("Picture"),
    }
    return _("Patches") if row.path.endswith(".patches") else titles.get(_word(row), _word(row))


def _only_follows(row: LayerRow, shape: tuple[int, ...]) -> bool:
    """Whether it changes values but no shape, or lays out flat: nothing to draw by itself."""
    return _word(row) == "Flatten" or (row.output == shape and _word(row) not in _ROLES)


def _notes(row: LayerRow) -> tuple[str, ...]:
    names = {
        "BatchNorm1d": _("batch norm"),
        "BatchNorm2d": _("batch norm"),
        "LayerNorm": _("layer norm"),
        "FormulaActivation": _("your formula"),
    }
    word = _word(row)
    if word in ("Identity", "Flatten") or re.fullmatch(r"Dropout\w* 0", row.layer):
        return ()
    if word.startswith("Dropout"):
        return (_("dropout") + row.layer.removeprefix(word),)
    return (names.get(word, word),)


def _after_comma(row: LayerRow) -> tuple[str, ...]:
    """What torch's description says besides the sizes: '3×3', 'stride 2', 'both ways'; of a pool, its size."""
    if _ROLES.get(_word(row)) == "pool":
        size = row.layer.partition(" ")[2]
        return (f"{size}×{size}",) if size else ()
    return tuple(row.layer.split(", ")[1:])


def _part_before(path: str, name: str) -> str:
    """The path of the outermost part that has a part of that name inside it; nothing where there is none."""
    parts = path.split(".")
    return ".".join(parts[: parts.index(name)]) if name in parts else ""


def _numbered_part(path: str, name: str) -> str:
    """The path down to the number below `name`."""
    parts = path.split(".")
    return ".".join(parts[: parts.index(name) + 2]) if name in parts else ""
