"""A small network for a card, trained at once: its button, its progress, and the way to the view when it is ready."""

from __future__ import annotations

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.actions import start_run
from ui.app.errors import show_errors
from ui.app.run_labels import describe_queue_position, get_run_labels
from ui.app.text import escape_markdown
from ui.app.widgets import show_link, show_teacher_button
from ui.inspect.cards import Card
from ui.runs.run_picker import get_run_in_url
from ui.train.run_status import describe_activity

__all__ = ["find_training_run", "offer_training", "show_training"]

_TRAINING = "inside_training"  # the name of the run that a card has started in this session
_INTERVAL_SECONDS = 0.5


def offer_training(card: Card) -> None:
    """Say that no network suits the card, and offer to train one."""
    st.info(
        _("None of your networks can show this. A small one that can is trained in about ten seconds."),
        icon=f":material/{card.icon}:",
    )
    if show_teacher_button(_("Train one (10 s)"), key="train_one", icon=":material/play_arrow:"):
        with show_errors(), st.spinner(_("Starting …")):
            run = start_run(card.make_config())
            st.session_state[_TRAINING] = run.name
            st.query_params.from_dict({"card": card.name, "run": run.name})
            st.rerun()


def find_training_run() -> RunFolder | None:
    """Return the run in the URL if this session has started it for a card and it has not ended yet."""
    if st.query_params.get("run") != st.session_state.get(_TRAINING) or _TRAINING not in st.session_state:
        return None
    run = get_run_in_url()
    if run is not None and (run.status().is_active or run.status().status == "failed"):
        return run
    del st.session_state[_TRAINING]
    return None


def show_training(run: RunFolder) -> None:
    """Show the progress, and the view as soon as the run has ended."""
    st.fragment(_show_progress, run_every=_INTERVAL_SECONDS if run.status().is_active else None)(run)
    show_link("train", _("Open its page"), run=run)


def _show_progress(run: RunFolder) -> None:
    with show_errors():
        status = run.status()
        if status.status == "failed":
            st.error(escape_markdown(status.message), icon=":material/error:")
            return
        if not status.is_active:
            st.rerun()
        waiting = describe_queue_position(run, status)
        activity = waiting or describe_activity(status, get_run_labels(run))
        st.progress(status.progress, text=activity)
