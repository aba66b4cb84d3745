"""Train: set a run up, or watch the one that the address names."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui import navigation
from ui.live_view import live_view
from ui.new_run import new_run
from ui.next_steps import change_a_setting, compare_runs, look_at_data, next_steps
from ui.queue import place_in_words
from ui.role import may_change
from ui.runs import all_runs, run_in_address, run_picker
from ui.text import plain
from ui.url_values import show_rejected

navigation.open_app()


def watch() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = run_picker(_("Run"), all_runs())
        if may_change():
            with st.container(key="new_run", width="content"):
                st.page_link(navigation.PAGES["train"], label=_("New run"), icon=":material/add:")
            with st.container(key="same_settings", width="content"):
                st.page_link(
                    navigation.PAGES["train"],
                    label=_("Same settings again"),
                    icon=":material/content_copy:",
                    query_params={"like": run.name},
                )
    live_view(run)
    with suppress(NNLabError):  # of a damaged run the live view says what is wrong
        suggest_after(run)


def suggest_after(run: RunFolder) -> None:
    data = look_at_data(run.config().data.name)
    if run.status().active:
        next_steps(data)
    else:
        next_steps(change_a_setting(run) or data, compare_runs(run))


def active_runs() -> None:
    """Links to those that train, and how many wait."""
    queued = 0
    for run in all_runs():
        with suppress(NNLabError):  # a damaged run is none that trains; the Runs page says what ails it
            status = run.status()
            queued += place_in_words(run, status) is not None
            if status.active and status.status != "queued":
                st.page_link(
                    navigation.PAGES["train"],
                    label=_("{run} is training: watch it").format(run=plain(run.name)),
                    icon=":material/visibility:",
                    query_params={"run": run.name},
                )
    if queued:
        st.caption(_("Runs that wait for their turn: {count}. A new one comes after them.").format(count=queued))


st.title(_("Train"), anchor=False)
if run_in_address():
    watch()
else:
    show_rejected("run")
    active_runs()
    dataset = new_run()
    next_steps(look_at_data(dataset))
