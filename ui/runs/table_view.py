"""The table of runs on the Runs page: rows, ticks and sorting, of which the last two are in the URL."""

from collections.abc import Mapping, Sequence

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.columns import Column, get_text, group_rows, sort_rows
from nn_core.runs.label import isolate_direction
from nn_core.runs.table import RunRow, walk_rows
from ui.app.url_values import UrlValue, read_value, reject, show_rejected
from ui.components.runs_table import Sorting, TableColumn, TableRow, TableSection, show_runs_table

__all__ = ["TICKED", "read_ticked", "show_table"]

TICKED = "compare"
"""The names of the ticked runs, in the URL."""
_NUMBERS = ("number", "percent", "duration")


def read_ticked(rows: Sequence[RunRow]) -> list[str]:
    """Read the ticked runs from the URL. The name of a missing run is reported on the page and removed from the URL."""
    names = {row.name for row in walk_rows(rows)}
    requested = list(dict.fromkeys(st.query_params.get_all(TICKED)))
    known = [name for name in requested if name in names]
    for name in requested:
        if name not in names:
            reject(TICKED, name, _("there is no run with this name; tick one in the table"), remaining=known)
    show_rejected(TICKED)
    return known


def show_table(
    rows: Sequence[RunRow], keys: Sequence[str], columns: Mapping[str, Column], ticked: Sequence[str], group: str
) -> None:
    """Show the table.

    Args:
        rows: those that are listed.
        keys: of the columns that are shown, in order.
        columns: all that there are, by key.
        ticked: the names of the ticked runs.
        group: the column by which rows are grouped; "" for none.
    """
    value = _make_sort_value(columns)
    sorting = read_value(value)
    show_rejected(value.name)
    ordered = sort_rows(rows, sorting.key, descending=sorting.is_descending) if sorting.key else rows
    sections = [
        TableSection(isolate_direction(title) or _("Unknown"), [_make_row(row, keys) for row in members])
        for title, members in group_rows(ordered, group).items()
    ]

    def store_ticks(names: Sequence[str]) -> None:
        known = {row.name for row in walk_rows(rows)}
        st.query_params[TICKED] = [name for name in names if name in known]

    def store_sorting(chosen: Sorting) -> None:
        st.query_params.pop(value.name, None)
        if chosen.key:
            st.query_params[value.name] = value.format(chosen)

    with st.container(key="runs_table"):
        show_runs_table(
            [_make_column(key, columns[key]) for key in keys],
            sections,
            is_grouped=bool(group),
            ticked=ticked,
            sorting=sorting,
            caption=_("Runs, their settings and results"),
            on_tick=store_ticks,
            on_sort=store_sorting,
        )


def _make_column(key: str, column: Column) -> TableColumn:
    return TableColumn(key, column.title, column.help, column.kind in _NUMBERS)


def _make_row(row: RunRow, keys: Sequence[str]) -> TableRow:
    cells = [get_text(row, key) for key in keys]
    identity = f"group {row.name}" if row.members else row.name  # a group is named after a member
    return TableRow(identity, cells, [_make_row(member, keys) for member in row.members])


def _make_sort_value(columns: Mapping[str, Column]) -> UrlValue[Sorting]:
    def parse(text: str) -> Sorting:
        key = text.removeprefix("-")
        if key not in columns:
            raise ValueError(text)
        return Sorting(key, is_descending=text.startswith("-"))

    def format_sorting(sorting: object) -> str:
        assert isinstance(sorting, Sorting)
        return ("-" if sorting.is_descending else "") + sorting.key

    return UrlValue(
        "sort", Sorting(), parse, format_sorting, _("the name of a column, with a minus for the largest first")
    )
