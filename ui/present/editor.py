"""The page Demo: the views in order, with titles and notes, the times of the attract loop, and the demo as a file."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from nn_core.i18n import _
from nn_core.presentation import Demo, DemoView, format_demo, parse_demo
from nn_core.presentation.demo import (
    MAX_ATTRACT_SECONDS,
    MAX_FILE_BYTES,
    MAX_NOTE_LENGTH,
    MAX_TITLE_LENGTH,
    VIEW_SECONDS,
)
from ui.app.actions import change_demo
from ui.app.errors import show_errors, toast_errors
from ui.app.navigation import PAGES
from ui.app.sitemap import ADDRESSES
from ui.app.text import escape_title
from ui.app.widgets import section_card
from ui.auth.permissions import can_change

__all__ = ["offer_files", "show_times", "show_views"]

_UPLOADS = "demo_imports"


def show_views(demo: Demo) -> None:
    """Show the views in order; teachers edit them."""
    for number, view in enumerate(demo.views, start=1):
        with st.container(border=True, key=f"view_{view.id}"):
            if can_change():
                _edit_view(view, number, len(demo.views))
            else:
                _show_link(view, number)
                if view.note:
                    st.text(view.note)


def _show_link(view: DemoView, number: int) -> None:
    parts = urlsplit(view.link)
    st.page_link(
        PAGES[parts.path.removeprefix("/") or "home"],
        label=f"{number}. {escape_title(view.title)}",
        icon=":material/open_in_new:",
        query_params=parse_qs(parts.query, keep_blank_values=True) or None,
    )


def _edit_view(view: DemoView, number: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _show_link(view, number)
        st.space("stretch")
        for name, icon, places, is_last in (
            (_("Up"), "arrow_upward", -1, number == 1),
            (_("Down"), "arrow_downward", 1, number == count),
        ):
            _show_action(f"{name.lower()}_{view.id}", name, icon, _make_move(view.id, places), is_disabled=is_last)
        _show_action(f"delete_view_{view.id}", _("Delete"), "delete", lambda demo: demo.delete(view.id))
    left, right = st.columns([2, 3])
    with left:
        _show_field(_("Title"), f"title_{view.id}", view.title, MAX_TITLE_LENGTH, _make_renaming(view.id))
    with right:
        _show_field(_("Note"), f"note_{view.id}", view.note, MAX_NOTE_LENGTH, _make_note(view.id))


def _make_move(identity: str, places: int) -> Callable[[Demo], Demo]:
    return lambda demo: demo.reorder(identity, places)


def _make_renaming(identity: str) -> Callable[[Demo, str], Demo]:
    return lambda demo, text: demo.edit(identity, title=text)


def _make_note(identity: str) -> Callable[[Demo, str], Demo]:
    return lambda demo, text: demo.edit(identity, note=text)


def _show_action(key: str, label: str, icon: str, change: Callable[[Demo], Demo], *, is_disabled: bool = False) -> None:
    st.button(label, key=key, icon=f":material/{icon}:", on_click=_change, args=[change], disabled=is_disabled)


def _show_field(label: str, key: str, text: str, most: int, change: Callable[[Demo, str], Demo]) -> None:
    """Show a text of the demo, which is stored when it is changed. A text that is refused returns to the stored one."""
    st.session_state[key] = text
    st.text_input(
        label, key=key, max_chars=most, on_change=lambda: _change(lambda demo: change(demo, st.session_state[key]))
    )


def _change(change: Callable[[Demo], Demo]) -> None:
    with toast_errors():
        change_demo(change)


def show_times(demo: Demo) -> None:
    """Show after how long the attract loop begins, and for how long it shows each view."""
    with section_card(_("Attract loop"), key="attract_times"):
        st.caption(
            _(
                "If no one touches mouse, keyboard or screen for a while, the views of the demo change and digits draw themselves. The "
                "first touch ends it. For a talk, switch it off with 0."
            )
        )
        left, right = st.columns(2)
        with left:
            _show_number(
                _("Begins after (seconds)"),
                "attract_seconds",
                demo.attract_seconds,
                (0, MAX_ATTRACT_SECONDS),
                lambda old, value: old.configure(attract_seconds=value, view_seconds=old.view_seconds),
            )
        with right:
            _show_number(
                _("Shows each view for (seconds)"),
                "view_seconds",
                demo.view_seconds,
                VIEW_SECONDS,
                lambda old, value: old.configure(attract_seconds=old.attract_seconds, view_seconds=value),
            )


def _show_number(
    label: str, key: str, value: int, limits: tuple[int, int], change: Callable[[Demo, int], Demo]
) -> None:
    st.session_state[key] = value
    st.number_input(
        label,
        *limits,
        key=key,
        step=5,
        on_change=lambda: _change(lambda demo: change(demo, int(st.session_state[key]))),
    )


def offer_files(demo: Demo) -> None:
    """Offer the demo as a file, and teachers to replace it by that of a file."""
    with section_card(_("The demo as a file"), key="demo_files"):
        st.download_button(
            _("Save as a file"),
            format_demo(demo),
            "demo.json",
            "application/json",
            key="export_demo",
            icon=":material/download:",
            disabled=not demo.views,
            on_click="ignore",
        )
        if not can_change():
            return
        number = st.session_state.get(_UPLOADS, 0)
        file = st.file_uploader(
            _("Open a file (at most {size} kB)").format(size=MAX_FILE_BYTES // 1024),
            key=f"demo_file_{number}",
            max_upload_size=1,
        )
        if file is None:
            return
        with show_errors():
            found = parse_demo(file.getvalue(), ADDRESSES)
            if st.button(
                _("Replace the demo by these views: {count}").format(count=len(found.views)),
                key="import_demo",
                icon=":material/upload:",
            ):
                change_demo(lambda _old: found)
                st.session_state[_UPLOADS] = number + 1  # empties the uploader
                st.rerun()
