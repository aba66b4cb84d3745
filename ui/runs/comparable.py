"""Which runs can be compared in one chart, and what their lines are called there."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import get_chosen_name
from nn_core.runs.columns import find_setting_columns
from nn_core.runs.label import isolate_direction
from nn_core.runs.table import RunRow
from ui.app.run_labels import get_run_labels

__all__ = ["Comparable", "Quantity", "find_comparable", "name_lines"]

Quantity = Literal["accuracy", "loss"]
_MAX_PARTS = 3
_SHORT = {"optimizer.lr": "lr"}


@dataclass(frozen=True)
class Comparable:
    """Runs whose curves mean the same.

    Attributes:
        rows: the runs, at least one if there are any that can be read.
        left_out: the others.
        reasons: for each of them why, as the end of a sentence for the user.
    """

    rows: Sequence[RunRow]
    left_out: Sequence[RunRow] = ()
    reasons: Sequence[str] = ()


def find_comparable(rows: Sequence[RunRow], quantity: Quantity) -> Comparable:
    """Keep the largest group of runs with the same task and data set, and for losses with the same loss; the first of equal groups."""
    kinds = {row.name: _get_kind(row, quantity) for row in rows}
    counts = Counter(kind for kind in kinds.values() if kind)
    if not counts:
        return Comparable((), rows, [_("it cannot be read") for _row in rows])
    most = max(counts, key=lambda kind: counts[kind])  # the first of several
    left_out = [row for row in rows if kinds[row.name] != most]
    return Comparable(
        [row for row in rows if kinds[row.name] == most],
        left_out,
        [_explain_difference(kinds[row.name], most) for row in left_out],
    )


def _explain_difference(kind: tuple[str, str, str] | None, most: tuple[str, str, str]) -> str:
    """Say why a run is not in the chart with the others, each of which is described as `_get_kind` does."""
    if kind is None:
        return _("it cannot be read")
    if kind[0] != most[0]:
        return _("it has another task than the others")
    if kind[1] != most[1]:
        return _("its data are {own}, and not {data}").format(own=kind[1], data=most[1])
    return _("its loss is {own}, and not {loss}").format(own=kind[2], loss=most[2])


def _get_kind(row: RunRow, quantity: Quantity) -> tuple[str, str, str] | None:
    """What runs must have in common: task, data set, and the loss if that is what is compared. None for a run that cannot be read."""
    with suppress(NNLabError):
        if row.state:
            loss = row.settings["loss.name"].text if quantity == "loss" else ""
            return get_run_labels(row.run).goal, row.data, loss
    return None


def name_lines(rows: Sequence[RunRow]) -> list[str]:
    """Name each run by what differs, such as "lr 0.1 · net"; if a user has named some of them, each by its title, and those
    also by what differs.

    Where that does not tell the runs apart, they have their titles.
    """
    differing = find_setting_columns(rows)
    if len({row.network for row in rows}) > 1:
        differing.insert(0, "model.name")
    are_named = any(get_chosen_name(row.run) for row in rows)
    names = []
    for row in rows:
        parts = [_describe(row, path) for path in differing if path in row.settings][:_MAX_PARTS]
        if are_named:  # the title of another one says how it differs
            parts = [part for part in parts if not row.title.endswith(part)] if get_chosen_name(row.run) else []
            parts.insert(0, isolate_direction(row.title))
        names.append(" · ".join(parts))
    counts = Counter(names)
    return [name if name and counts[name] == 1 else row.title for name, row in zip(names, rows, strict=True)]


def _describe(row: RunRow, path: str) -> str:
    setting = row.settings[path]
    if path.endswith(".name"):
        return setting.text
    title = setting.title[:1].lower() + setting.title[1:]
    return f"{_SHORT.get(path, title)} {setting.text}"
