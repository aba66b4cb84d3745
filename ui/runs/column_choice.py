"""The columns of the table of runs: chosen and ordered by the user, in the URL, and kept for the next visit."""

from collections.abc import Mapping, Sequence

import streamlit as st

from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs.columns import COLUMNS, Column, find_setting_columns, get_value
from nn_core.runs.preferences import TablePreferences, read_preferences
from nn_core.runs.table import RunRow
from ui.app import cache
from ui.app.actions import save_preferences
from ui.app.errors import toast_errors
from ui.app.text import escape_markdown
from ui.app.url_values import UrlValue, fill_in, read_value, show_rejected
from ui.auth.permissions import can_change, get_visitor

__all__ = ["choose_columns", "select_columns"]

_TITLE = "run"
"""Always the first column."""
_SETTINGS = "settings"
"""Stands for all settings in which the shown runs differ."""
_DEFAULT = (
    *("status", "validation", "test", "validation_r_squared", "test_r_squared", "loss", "network", "data", _SETTINGS),
    *("parameters", "epochs", "duration", "device", "date", "tags", "note", "message", "folder"),
)
_ALWAYS = ("status", "network", "data", "epochs", "duration", "date", "folder")
_MAX_SETTINGS = 8
_CHOSEN, _MOVED = "chosen_columns", "moved_column"


def choose_columns(columns: Mapping[str, Column]) -> Sequence[str]:
    """Show the button that opens the choice; return the chosen keys in order.

    Args:
        columns: all that there are, by key.
    """
    value = _make_value(columns)
    kept = read_preferences(get_runs_folder(), get_visitor(), cache.get_file_cache()).columns
    known = tuple(key for key in kept if key in columns or key == _SETTINGS)
    if value.name not in st.query_params and known and known != _DEFAULT:
        fill_in(value.name, value.format(known))
    chosen = read_value(value)
    show_rejected(value.name)
    titles = {key: column.title for key, column in columns.items()} | {_SETTINGS: _("Settings that differ")}
    with st.popover(_("Columns"), icon=":material/view_column:", key="columns"):
        st.session_state[_CHOSEN] = list(chosen)
        st.multiselect(
            _("Columns, in this order"),
            [key for key in dict.fromkeys([*_DEFAULT, *COLUMNS, *columns]) if key != _TITLE],
            key=_CHOSEN,
            format_func=lambda key: titles.get(key, key),
            on_change=lambda: _store(value, st.session_state[_CHOSEN]),
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            moved = st.selectbox(_("Move"), chosen, key=_MOVED, format_func=lambda key: titles.get(key, key))
            for label, step, icon in ((_("Earlier"), -1, "arrow_back"), (_("Later"), 1, "arrow_forward")):
                target = chosen.index(moved) + step if moved in chosen else -1
                st.button(
                    label,
                    key=f"move_{'earlier' if step < 0 else 'later'}",
                    icon=f":material/{icon}:",
                    disabled=not 0 <= target < len(chosen),
                    on_click=_store,
                    args=[value, _move(chosen, moved, target)],
                )
        st.button(_("Usual columns"), key="usual_columns", on_click=_store, args=[value, _DEFAULT])
        if not can_change():
            st.caption(_("The choice is in the page's address: a bookmark keeps it."))
    return chosen


def _move(chosen: Sequence[str], moved: str, target: int) -> Sequence[str]:
    others = [key for key in chosen if key != moved]
    return [*others[:target], moved, *others[target:]]


def _store(value: UrlValue[tuple[str, ...]], chosen: Sequence[str]) -> None:
    """Write the choice into the URL, and keep it for the next visit of a user who may change something here."""
    columns = tuple(chosen) or _DEFAULT
    if columns == _DEFAULT:
        st.query_params.pop(value.name, None)
    else:
        st.query_params[value.name] = value.format(columns)
    if can_change():
        with toast_errors():
            save_preferences(TablePreferences(columns=() if columns == _DEFAULT else columns))


def _make_value(columns: Mapping[str, Column]) -> UrlValue[tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        keys = tuple(dict.fromkeys(text.split(",")))
        if not all((key in columns or key == _SETTINGS) and key != _TITLE for key in keys):
            raise ValueError(text)
        return keys

    rule = _("names of columns or settings of these runs, separated by commas")
    return UrlValue("columns", _DEFAULT, parse, lambda keys: ",".join(keys) if keys != _DEFAULT else "", rule)  # type: ignore[arg-type]


def select_columns(chosen: Sequence[str], rows: Sequence[RunRow]) -> list[str]:
    """Return the keys of the columns that are shown for these rows. The title is always the first one.

    Of the usual columns, in any order, those without a value are left out; settings in which no two rows differ are not among them.
    """
    differing = find_setting_columns(rows)
    named = [key for key in differing if key not in chosen]
    if _SETTINGS in chosen and len(named) > _MAX_SETTINGS:
        count = len(named) - _MAX_SETTINGS
        more = (
            _("One more setting differs among these runs: choose it under Columns.")
            if count == 1
            else _("{count} more settings differ among these runs: choose them under Columns.").format(count=count)
        )
        st.caption(escape_markdown(more))
    is_usual = set(chosen) == set(_DEFAULT)  # in any order
    figures = ("validation", "validation_r_squared")  # where a run has neither, its loss says how good it is
    shown_by = {"loss": [row for row in rows if all(get_value(row, figure) is None for figure in figures)]}
    keys = [_TITLE]
    for key in chosen:
        if key == _SETTINGS:
            keys += named[:_MAX_SETTINGS]
        elif not is_usual or key in _ALWAYS or any(get_value(row, key) is not None for row in shown_by.get(key, rows)):
            keys.append(key)
    return list(dict.fromkeys(keys))
