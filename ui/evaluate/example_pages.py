"""The pages of a list of examples: how many there are, buttons for the pages, the examples as buttons, and the downloads."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.app.url_values import reject
from ui.components.announcer import announce
from ui.components.example_list import ListedExample, draw_example_list, get_opened_example
from ui.evaluate.examined import Examined
from ui.evaluate.list_state import ListState, change_list

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.evaluation.answers import Answers
    from nn_core.evaluation.mistakes import Errors

__all__ = ["OPENED", "ExamplePages", "check_page", "show_downloads", "show_neighbour_buttons", "show_pages"]

OPENED = "opened_example"
"""Key of the container with the open example."""

_PER_PAGE = 24


@dataclass(frozen=True)
class ExamplePages:
    """A list of examples.

    Attributes:
        key: of the list in the session.
        state: what it shows.
        rows: int64 [count], the indices of its examples in the test split, sorted.
        describe: gives the button for an example.
        get_pictures: gives the pictures for some rows, uint8 [count, channels, height, width]; None for other kinds of data.
    """

    key: str
    state: ListState
    rows: Tensor
    describe: Callable[[int], ListedExample]
    get_pictures: Callable[[Tensor], Tensor] | None = None


def check_page(pages: ExamplePages) -> ExamplePages:
    """Return the list at its first page, and report it, if a link names a page that it does not have."""
    last = max(1, -(-len(pages.rows) // _PER_PAGE))
    if pages.state.page <= last:
        return pages
    reason = _("the last page is {last:,}. Used instead: 1; you can change it on this page")
    reject("page", str(pages.state.page), reason.format(last=last))
    change_list(pages.key, page=1, example=pages.state.example)
    return replace(pages, state=replace(pages.state, page=1))


def show_pages(pages: ExamplePages) -> None:
    """Show one page of the list. There must be at least one example."""
    count = len(pages.rows)
    last = -(-count // _PER_PAGE)
    number = pages.state.page
    counted = _("1 example") if count == 1 else _("{count:,} examples").format(count=count)
    place = _("Page {number:,} of {last:,}").format(number=number, last=last)
    with st.container(horizontal=True, vertical_alignment="center", key="mistake_pages"):
        st.markdown(f"**{counted}** · {place}", width="content")
        if last > 1:
            _show_page_buttons(pages.key, number, last)
    announce(f"{counted}. {place}.", subject="mistake_pages", quiet_at_first=True)
    rows = pages.rows[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    draw_example_list(
        [pages.describe(row) for row in rows.tolist()],
        name=_("Examples, page {number} of {last}").format(number=number, last=last),
        opened=pages.state.example,
        reveal=OPENED,
        on_open=partial(_open, pages.key),
        key=_get_component_key(pages.key),
        pictures=pages.get_pictures(rows) if pages.get_pictures else None,
    )


def show_neighbour_buttons(pages: ExamplePages, index: int) -> str:
    """Show the buttons that open the previous and the next example of the list, and close this one; return its place in words."""
    places = (pages.rows == index).nonzero().flatten().tolist()
    place = places[0] if places else None
    neighbours = {
        "previous": (_("Previous example"), "arrow_back", None if place is None else place - 1),
        "next": (_("Next example"), "arrow_forward", None if place is None else place + 1),
    }
    with st.container(horizontal=True, key="neighbour_examples"):
        for name, (label, icon, to) in neighbours.items():
            st.button(
                label,
                key=f"{name}_example",
                icon=f":material/{icon}:",
                disabled=to is None or not 0 <= to < len(pages.rows),
                on_click=partial(_open_place, pages, to or 0),
            )
        st.button(
            _("Close"),
            key="close_example",
            icon=":material/close:",
            on_click=partial(change_list, pages.key, example=None),
        )
    if place is None:
        return _("Not in the list above.")
    return _("Number {place:,} of {count:,} in the list above.").format(place=place + 1, count=len(pages.rows))


def show_downloads(examined: Examined, found: Answers | Errors, rows: Tensor) -> None:
    """Show the buttons that download all examples of the list, each file written when it is clicked."""
    data = f"-{examined.settings.name}" if examined.is_substitute else ""
    titles = {"csv": (_("List as CSV"), "text/csv")}
    if examined.spec.kind == "pictures":
        titles["zip"] = (_("Pictures as ZIP"), "application/zip")
    with st.container(horizontal=True, key="mistake_downloads"):
        for ending, (title, mime) in titles.items():
            st.download_button(
                title,
                data=partial(_make_file, examined, found, rows, ending),
                file_name=f"{examined.run.name}-mistakes{data}.{ending}",
                mime=mime,
                key=f"download_mistakes_{ending}",
                icon=":material/download:",
                on_click="ignore",
                disabled=not len(rows),
            )


def _make_file(examined: Examined, found: Answers | Errors, rows: Tensor, ending: str) -> bytes:
    from nn_core.evaluation.mistake_files import ExportedExamples, write_mistakes
    from ui.data.samples import list_example_texts

    texts: Sequence[str] = list_example_texts(examined.settings) if examined.spec.kind == "text" else ()
    stream = io.BytesIO()
    exported = ExportedExamples(examined.network, examined.dataset.test, found, texts)
    write_mistakes(stream, exported, rows, as_zip=ending == "zip")
    return stream.getvalue()


def _show_page_buttons(key: str, number: int, last: int) -> None:
    targets = {
        "first": (_("First page"), "first_page", 1),
        "previous": (_("Previous page"), "chevron_left", number - 1),
        "next": (_("Next page"), "chevron_right", number + 1),
        "last": (_("Last page"), "last_page", last),
    }
    for name, (label, icon, to) in targets.items():
        st.button(
            label,
            key=f"{name}_page",
            icon=f":material/{icon}:",
            disabled=to == number or not 1 <= to <= last,
            on_click=partial(change_list, key, page=to),
        )


def _open(key: str) -> None:
    if (index := get_opened_example(_get_component_key(key))) is not None:
        change_list(key, example=index)


def _open_place(pages: ExamplePages, place: int) -> None:
    """Open the example at this place of the list, and the page that it is on."""
    change_list(pages.key, example=int(pages.rows[place]), page=place // _PER_PAGE + 1)


def _get_component_key(key: str) -> str:
    return f"{key}_list"
