"""The table of runs: sorted by its headings, ticked by boxes, grouped into sections, with rows that open. On a phone each row is a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

__all__ = ["Sorting", "TableColumn", "TableRow", "TableSection", "show_runs_table"]

_KEY = "runs_table_rows"
_mount = declare_component(
    "runs_table", shared=("dom.js", "text.js"), html='<div class="sorting"></div><div class="scroller"></div>'
)


@dataclass(frozen=True)
class TableColumn:
    """A column. right: whether its texts are numbers, which end in one line."""

    key: str
    title: str
    help: str
    right: bool


@dataclass(frozen=True)
class TableRow:
    """A row: a text for each column. id: what a tick is called by. members: rows that it contains, shown when it is opened."""

    id: str
    cells: Sequence[str]
    members: Sequence[TableRow] = ()


@dataclass(frozen=True)
class TableSection:
    """Rows below a heading."""

    title: str
    rows: Sequence[TableRow]


@dataclass(frozen=True)
class Sorting:
    """The column by which rows are sorted. An empty key is the order in which the runs were started."""

    key: str = ""
    is_descending: bool = False


def show_runs_table(
    columns: Sequence[TableColumn],
    sections: Sequence[TableSection],
    *,
    is_grouped: bool,
    ticked: Sequence[str],
    sorting: Sorting,
    caption: str,
    on_tick: Callable[[Sequence[str]], None],
    on_sort: Callable[[Sorting], None],
) -> None:
    """Show the table.

    Args:
        columns: the first one names the rows.
        sections: the rows, already sorted.
        is_grouped: whether the sections have headings.
        ticked: ids of rows.
        sorting: how they are sorted.
        caption: what the table shows, for screen readers.
        on_tick: called with the ids of all ticked rows after the user has changed them.
        on_sort: called with the sorting that the user has chosen.
    """

    def read_ticks() -> None:
        sent = get_component_value(_KEY, "ticked")
        names = sent.get("names") if isinstance(sent, Mapping) else None
        on_tick([name for name in names if isinstance(name, str)] if isinstance(names, Sequence) else [])

    def read_sorting() -> None:
        sent = get_component_value(_KEY, "sort")
        key, order = (sent.get("key"), sent.get("order")) if isinstance(sent, Mapping) else ("", "")
        known = key if key in {column.key for column in columns} else ""
        on_sort(Sorting(str(known), is_descending=order == "descending"))

    order = "descending" if sorting.is_descending else "ascending"
    _mount(
        key=_KEY,
        on_ticked_change=read_ticks,
        on_sort_change=read_sorting,
        data={
            "columns": [asdict(column) for column in columns],
            "sections": [{"title": each.title, "rows": [_to_object(row) for row in each.rows]} for each in sections],
            "grouped": is_grouped,
            "ticked": list(ticked),
            "number": _get_number(),
            "sort": {"key": sorting.key, "order": order if sorting.key else ""},
            "text": {
                "caption": caption,
                "all": _("Tick all runs"),
                "tick": _("Tick {title}"),
                "sort": _("Sort by {title}"),
                "section": _("{title} ({count})"),
                "open": _("{title}: show its {count} runs"),
                "sortBy": _("Sort by"),
                "unsorted": _("newest first"),
                "ascending": _("↑ smallest first"),
                "descending": _("↓ largest first"),
            },
        },
    )


def _to_object(row: TableRow) -> dict[str, object]:
    return {"id": row.id, "cells": row.cells, "members": [_to_object(member) for member in row.members]}


def _get_number() -> int:
    """The number of the latest ticks that the browser has sent, by which it knows whether an answer is up to date."""
    sent = get_component_value(_KEY, "ticked")
    number = sent.get("number") if isinstance(sent, Mapping) else 0
    return number if isinstance(number, int) else 0
