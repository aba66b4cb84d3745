"""What every page offers for presenting: in the sidebar the button "Present" and "Add this view to the demo"."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.presentation import Demo, make_link, read_demo
from nn_core.presentation.demo import MAX_NOTE_LENGTH, MAX_TITLE_LENGTH
from nn_core.runs import list_runs, make_titles
from ui.app.actions import change_demo
from ui.app.errors import toast_errors
from ui.app.sitemap import ADDRESSES, SITEMAP
from ui.auth.permissions import can_change
from ui.components.presentation import mount_presentation

__all__ = ["load_demo", "open_presentation"]

_NOTE = "demo_note"
_RUN = "run"
_RESETS = "presentation_resets"


def open_presentation(page: str) -> None:
    """Add presentation mode to a page. page: a key of `SITEMAP`."""
    demo = load_demo()
    mount_presentation(demo, resets=st.session_state.get(_RESETS, 0), on_reset=_reset_visit)
    with st.sidebar, st.container(key="presentation_bar", gap="small"):
        st.button(
            _("Present"),
            key="present",
            icon=":material/slideshow:",
            width="stretch",
            help=_("Shows only what matters on this page, as large as the screen. Key: F."),
        )
        if can_change() and page != "demo":
            _offer_to_add(page, len(demo.views))


def load_demo() -> Demo:
    """Read the demo; an empty one if its file is damaged, which the page Demo reports."""
    with suppress(NNLabError):
        return read_demo(get_data_folder(), ADDRESSES)
    return Demo()


def _offer_to_add(page: str, count: int) -> None:
    with st.popover(
        _("Add this view to the demo"),
        icon=":material/playlist_add:",
        type="tertiary",
        key=f"add_to_demo_{count}",  # a new key closes it
    ):
        key = f"{_NOTE}_{count}"
        st.caption(
            _("The view is kept as a link, with what is chosen on the page. Views of the demo: {count}.").format(
                count=count
            )
        )
        st.text_area(_("Note (optional)"), key=key, max_chars=MAX_NOTE_LENGTH, placeholder=_("What you want to say"))
        st.button(_("Add"), key="add_view", icon=":material/add:", on_click=_add_view, args=[page, key])


def _add_view(page: str, note_key: str) -> None:
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    title = _choose_title(page, query.get(_RUN, []))
    if page == "playground":
        query.pop(_RUN, None)  # each visitor starts an own one, and the Playground deletes them after a day
    link = make_link("" if page == "home" else page, query)
    with toast_errors():
        change_demo(lambda demo: demo.add(link, title, st.session_state.get(note_key, "")))
        st.toast(_("Added to the demo. Order and start it on the page Demo."), icon=":material/playlist_add_check:")


def _choose_title(page: str, runs: Collection[str]) -> str:
    """Name the view by its page and its run."""
    title = _(SITEMAP[page].title)
    if page != "playground" and runs:
        titles = make_titles(list_runs(get_runs_folder()))
        title += ": " + ", ".join(titles.get(name, name) for name in runs)
    return title if len(title) <= MAX_TITLE_LENGTH else title[: MAX_TITLE_LENGTH - 1] + "…"


def _reset_visit() -> None:
    """Prepare the session for the next visitor: an empty canvas, and a Playground without a run."""
    from ui.draw.canvas import clear_canvas
    from ui.playground.run import leave_run

    clear_canvas()
    leave_run()
    st.session_state[_RESETS] = st.session_state.get(_RESETS, 0) + 1
