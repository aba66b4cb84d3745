"""Train: set a run up, or watch the one that the address names."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import navigation
from ui.app.next_steps import change_a_setting, compare_runs, look_at_data, show_next_steps
from ui.app.run_labels import describe_queue_position
from ui.app.text import escape_markdown
from ui.app.url_values import show_rejected
from ui.auth.permissions import can_change
from ui.runs.run_picker import get_run_in_url, list_all_runs, pick_run
from ui.train.live_view import show_live_view
from ui.train.new_run import show_new_run

navigation.open_app()


def watch() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = pick_run(_("Run"), list_all_runs())
        if can_change():
            with st.container(key="new_run", width="content"):
                st.page_link(navigation.PAGES["train"], label=_("New run"), icon=":material/add:")
            with st.container(key="same_settings", width="content"):
                st.page_link(
                    navigation.PAGES["train"],
                    label=_("Same settings again"),
                    icon=":material/content_copy:",
                    query_params={"like": run.name},
                )
    show_live_view(run)
    with suppress(NNLabError):  # of a damaged run the live view says what is wrong
        suggest_after(run)


def suggest_after(run: RunFolder) -> None:
    data = look_at_data(run.config().data.name)
    if run.status().is_active:
        show_next_steps(data)
    else:
        show_next_steps(change_a_setting(run) or data, compare_runs(run))


def show_active_runs() -> None:
    """Links to the runs that train, and how many wait."""
    queued = 0
    for run in list_all_runs():
        with suppress(NNLabError):  # a damaged run is none that trains; the Runs page says what ails it
            status = run.status()
            is_waiting = describe_queue_position(run, status) is not None
            queued += is_waiting
            if status.is_active and not is_waiting:  # also while its process starts
                st.page_link(
                    navigation.PAGES["train"],
                    label=_("{run} is training: watch it").format(run=escape_markdown(run.name)),
                    icon=":material/visibility:",
                    query_params={"run": run.name},
                )
    if queued:
        st.caption(_("Runs that wait for their turn: {count}. A new one comes after them.").format(count=queued))


st.title(_("Train"), anchor=False)
if get_run_in_url():
    watch()
else:
    show_rejected("run")
    show_active_runs()
    dataset = show_new_run()
    show_next_steps(look_at_data(dataset))
