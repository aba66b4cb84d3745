"""What a list of examples shows: filter, order, page and the open example. All of it is in the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from nn_core.errors import to_one_line
from nn_core.i18n import _
from ui.app.url_values import UrlValue, is_history_navigation, make_choice_value, read_value, show_rejected, write_url
from ui.evaluate.mistake_filter import (
    MistakeFilter,
    read_filter,
    take_written_filter,
    write_filter_url,
)

__all__ = [
    "ListState",
    "change_list",
    "drop_other_choice",
    "get_chosen_class",
    "get_order_key",
    "read_list",
    "show_class_choice",
    "write_list",
]

_SHOWN = "shown_example_list"  # the key of the latest one
_ANY = -1  # in place of the index of a class, because every text can be the name of one
_MAX_NAME = 40  # characters of a class


@dataclass(frozen=True)
class ListState:
    """What is shown. page: from 1; example: the index of the open one in its split."""

    chosen: MistakeFilter
    order: str
    page: int = 1
    example: int | None = None


def drop_other_choice(key: str, values: Iterable[UrlValue[object]]) -> None:
    """Remove from the URL what was chosen in the list of another run and cannot be shown in the list with this key."""
    if st.session_state.get(_SHOWN) in (None, key):
        return
    for value in values:
        try:
            value.parse(st.query_params.get(value.name, ""))
        except ValueError:
            st.query_params.pop(value.name, None)


def get_order_key(key: str) -> str:
    """Return the key of the select box with the order."""
    return f"{key}_order"


def read_list(key: str, classes: Sequence[str], orders: Sequence[str], count: int) -> ListState:
    """Return what the list shows. The URL decides when the page is opened, after Back and Forward, and after another view has written the filter.

    Args:
        key: of the list in the session.
        classes: that can be chosen.
        orders: the names of the orders; the first is the default.
        count: of the examples.
    """
    written = take_written_filter()
    drop_other_choice(key, _make_values(orders, count))
    st.session_state[_SHOWN] = key
    # Streamlit forgets the order's widget when another page is shown, so this page has just been opened without it.
    if is_history_navigation() or get_order_key(key) not in st.session_state:
        state = ListState(
            read_filter(classes),
            *(read_value(value) for value in _make_values(orders, count)),  # type: ignore[arg-type]
        )
        st.session_state[key] = state
    elif written and written != st.session_state[key].chosen:
        st.session_state[key] = replace(st.session_state[key], chosen=written, page=1, example=None)
    found: ListState = st.session_state[key]
    return found


def change_list(key: str, **changes: object) -> None:
    """Change what the list shows, for a callback. Another filter or order starts at the first page; another page closes the example."""
    state: ListState = st.session_state[key]
    if {"chosen", "order"} & changes.keys():
        changes = {"page": 1, **changes}
    if "example" not in changes:
        changes["example"] = None
    st.session_state[key] = replace(state, **changes)  # type: ignore[arg-type]


def show_class_choice(
    label: str, classes: Sequence[str], chosen: str | None, *, key: str, on_change: Callable[[], None]
) -> None:
    """Show a select box of the classes and "any". `get_chosen_class` returns the choice."""
    st.session_state[key] = _ANY if chosen is None else classes.index(chosen)
    st.selectbox(
        label,
        range(_ANY, len(classes)),
        format_func=lambda index: _("any") if index == _ANY else to_one_line(classes[index], _MAX_NAME),
        key=key,
        on_change=on_change,
        width=200,
    )


def get_chosen_class(key: str, classes: Sequence[str]) -> str | None:
    """Return the class that the select box with this key shows; None for any."""
    index: int = st.session_state[key]
    return None if index == _ANY else classes[index]


def write_list(state: ListState, classes: Sequence[str], orders: Sequence[str], count: int) -> None:
    """Write what is shown into the URL, and name here what was rejected in it. Another filter redraws the page, because the matrix marks it too."""
    is_new = read_filter(classes) != state.chosen
    write_filter_url(state.chosen, classes)
    values = _make_values(orders, count)
    write_url(values, {"sort": state.order, "page": state.page, "example": state.example})
    if is_new:
        st.rerun()
    show_rejected("true", "predicted", *(value.name for value in values))


def _make_values(orders: Sequence[str], count: int) -> tuple[UrlValue[str], UrlValue[int], UrlValue[int | None]]:
    def parse_page(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= max(1, count):
            raise ValueError(text)
        return int(text)

    def parse_example(text: str) -> int | None:
        if not text.isdecimal() or int(text) >= count:
            raise ValueError(text)
        return int(text)

    return (
        make_choice_value("sort", orders, orders[0]),
        UrlValue("page", 1, parse_page, str, _("a whole number from 1 on")),
        UrlValue[int | None](
            "example",
            None,
            parse_example,
            lambda value: "" if value is None else str(value),
            _("a number from 0 to {last}").format(last=count - 1),
        ),
    )
