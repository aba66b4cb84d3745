"""Train: the form of a new run, or the live view of the run in the URL."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import navigation
from ui.app.next_steps import change_a_setting, compare_runs, look_at_data, show_next_steps
from ui.app.run_labels import describe_queue_position
from ui.app.text import escape_title
from ui.app.url_values import show_rejected
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.runs.rename import show_label, show_rename_button
from ui.runs.run_picker import get_run_in_url, get_run_title, get_run_titles, list_all_runs, pick_run
from ui.seeds.seeds_card import show_seeds
from ui.train.about_run import show_about_run
from ui.train.live_view import show_live_view
from ui.train.new_run import show_new_run

navigation.open_app()


def show_run() -> None:
    heading = st.container()
    with st.container(key="run_choice", horizontal=True, vertical_alignment="bottom"):  # on a phone below the live view
        run = pick_run(_("Run"), list_all_runs())
        title = get_run_title(run)
        show_rename_button(run)
        if can_change():
            with st.container(key="new_run", width="content"):
                show_link("train", _("New run"), "add")
            with st.container(key="same_settings", width="content"):
                show_link("train", _("Same settings again"), "content_copy", like=run.name)
    with heading:
        st.title(escape_title(title), anchor=False)
        show_label(run, title)
    show_live_view(run, title)
    with suppress(NNLabError):
        show_seeds(run)
    with suppress(NNLabError):  # the live view reports a damaged run
        run.config()
        show_about_run(run)
        suggest_next_steps(run)


def suggest_next_steps(run: RunFolder) -> None:
    data = look_at_data(run.config().data.name)
    if run.status().is_active:
        show_next_steps(data)
    else:
        if run.best_weights.exists():
            show_link("backprop", _("See one training step"), run=run)
        show_next_steps(change_a_setting(run) or data, compare_runs(run))


def show_active_runs() -> None:
    """Link to the runs that are training and show how many are queued."""
    queued, titles = 0, get_run_titles()
    for run in list_all_runs():
        with suppress(NNLabError):  # the Runs page reports a damaged run
            status = run.status()
            is_queued = describe_queue_position(run, status) is not None
            queued += is_queued
            if status.is_active and not is_queued:  # including those whose process is starting
                label = _("Watch {run}, which is training").format(run=escape_title(titles.get(run.name, run.name)))
                show_link("train", label, "visibility", run=run)
    if queued:
        st.caption(_("Queued runs: {count}. A new run starts after them.").format(count=queued))


if get_run_in_url():
    show_run()
else:
    st.title(_("Train"), anchor=False)
    show_rejected("run")
    show_active_runs()
    dataset = show_new_run()
    show_next_steps(look_at_data(dataset))
