"""Train: set a run up, or watch the one that the address names."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError, RunNotFound
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui import navigation
from ui.live_view import live_view
from ui.new_run import new_run
from ui.runs import all_runs, run_in_address, run_picker
from ui.text import plain

navigation.open_app()


def watch() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = run_picker(_("Run"), all_runs())
        st.page_link(navigation.PAGES["train"], label=_("New run"), icon=":material/add:")
        st.page_link(
            navigation.PAGES["train"],
            label=_("Same settings again"),
            icon=":material/content_copy:",
            query_params={"like": run.name},
        )
    live_view(run)


def active_runs() -> list[RunFolder]:
    found = []
    for run in all_runs():
        with suppress(NNLabError):  # a damaged run is none that trains; the Runs page says what ails it
            if run.status().active:
                found.append(run)
    return found


def chosen_run() -> RunFolder | None:
    try:
        return run_in_address()
    except RunNotFound as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return None


st.title(_("Train"), anchor=False)
if chosen_run():
    watch()
else:
    for active in active_runs():
        st.page_link(
            navigation.PAGES["train"],
            label=_("{run} is training: watch it").format(run=plain(active.name)),
            icon=":material/visibility:",
            query_params={"run": active.name},
        )
    new_run()
