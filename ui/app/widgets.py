"""What pages are built from: cards with a heading, links to other pages, choices, and buttons."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, TypeVar, cast

import streamlit as st

from nn_core.formatting import protect_cell
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import EvaluationReport, describe_missed_classes
from ui.app.navigation import PAGES
from ui.app.sitemap import SITEMAP
from ui.app.text import escape_markdown, show_section_heading
from ui.auth.permissions import can_change, describe_restriction

__all__ = [
    "action_bar",
    "choose",
    "heading_row",
    "section_card",
    "show_cards",
    "show_csv_button",
    "show_link",
    "show_missed_classes",
    "show_teacher_button",
    "show_variation_button",
    "stop_without_network",
]

Option = TypeVar("Option")


@contextmanager
def action_bar(*, is_wide: bool = False) -> Iterator[None]:
    """The buttons that start or control a training. On a phone they are in a bar at the bottom of the screen (phone.css).

    is_wide: one below the other, as wide as the place where they are, instead of side by side.
    """
    with st.container(key="action_bar", horizontal=not is_wide, width="stretch" if is_wide else "content"):
        yield


@contextmanager
def section_card(title: str, key: str | None = None) -> Iterator[None]:
    """A box with a heading."""
    with st.container(border=True, key=key):
        show_section_heading(title)
        yield


@contextmanager
def heading_row(title: str) -> Iterator[None]:
    """A heading; what is shown inside follows at the right end of its line."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_section_heading(title)
        st.space("stretch")
        yield


def show_link(page: str, label: str = "", icon: str = "", *, run: RunFolder | None = None, **query: str) -> None:
    """Show a link to a page.

    Args:
        page: a key of `SITEMAP`.
        label: the page's title if empty.
        icon: the name of a Material icon; the page's icon if empty.
        run: the run that the page shows.
        query: the other parameters of the page's URL.
    """
    entry = SITEMAP[page]
    if run:
        query["run"] = run.name
    st.page_link(
        PAGES[page], label=label or _(entry.title), icon=f":material/{icon or entry.icon}:", query_params=query or None
    )


def show_missed_classes(evaluation: EvaluationReport) -> None:
    """Warn of the classes that a network never recognises in the test."""
    if missed := describe_missed_classes(evaluation):
        st.warning(escape_markdown(missed), icon=":material/warning:")


def show_cards(cards: Mapping[str, tuple[str, str]]) -> None:
    """Show links to pages as cards side by side: (title, text) by page."""
    for column, (page, (title, text)) in zip(st.columns(len(cards)), cards.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            show_link(page, f"**{title}**")
            st.caption(text)


def choose(
    label: str,
    titles: Mapping[Option, str],
    key: str,
    *,
    label_visibility: Literal["visible", "collapsed"] = "visible",
    help: str | None = None,
) -> Option:
    """Show the options in a row, one of which is always chosen: at first the first one, also if the chosen one is no longer offered."""
    first = next(iter(titles))
    if key in st.session_state and st.session_state[key] not in titles:
        st.session_state[key] = first
    chosen = st.segmented_control(
        label,
        list(titles),
        default=None if key in st.session_state else first,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        label_visibility=label_visibility,
        help=help,
    )
    return cast(Option, chosen if chosen in titles else first)


def show_teacher_button(label: str, key: str, icon: str) -> bool:
    """Show a page's main button, or for viewers the reason why they may not press it; return whether it was pressed."""
    if can_change():
        return st.button(label, key=key, type="primary", icon=icon)
    st.caption(describe_restriction())
    return False


def show_variation_button(key: str) -> int:
    """Show a button for other random examples; return how often it was pressed, as a seed for choosing them."""
    seed = f"{key}_seed"
    if st.button(_("Show others"), key=key, icon=":material/refresh:"):
        st.session_state[seed] = st.session_state.get(seed, 0) + 1
    return int(st.session_state.get(seed, 0))


def stop_without_network(text: str, icon: str | None = None) -> None:
    """Say that there is no network for the page yet, link to the first training and end the page."""
    st.info(text, icon=icon)
    show_link("home")
    st.stop()


def show_csv_button(rows: Sequence[Sequence[object]], label: str, file_name: str, *, key: str) -> None:
    """Show a button that downloads these rows as a file that spreadsheets open."""
    stream = io.StringIO()
    csv.writer(stream).writerows(
        [protect_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    st.download_button(
        label,
        stream.getvalue().encode("utf-8-sig"),
        file_name=file_name,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )
