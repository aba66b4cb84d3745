"""Resumes all interrupted runs with one click, for example after a power cut."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change
from ui.train.start_run import resume_run

__all__ = ["offer_interrupted"]


def offer_interrupted(runs: Sequence[RunFolder]) -> None:
    """Show a button that resumes the interrupted runs, or nothing if there are none.

    Args:
        runs: newest first, as the page lists them.
    """
    interrupted = [run for run in runs if _is_interrupted(run)]
    if not interrupted or not can_change():
        return

    def resume() -> None:
        for run in reversed(interrupted):  # oldest first, so that they train in the order in which they were started
            try:
                resume_run(run)
            except NNLabError as error:
                st.toast(escape_markdown(str(error)), icon=":material/error:")

    with st.container(border=True, key="interrupted", horizontal=True, vertical_alignment="center"):
        text = _("Interrupted runs: {count}. They continue from where they were last saved.")
        st.markdown(text.format(count=len(interrupted)), width="content")
        st.space("stretch")
        label = _("Resume all") if len(interrupted) > 1 else _("Resume")
        st.button(label, key="resume_interrupted", icon=":material/play_arrow:", on_click=resume)


def _is_interrupted(run: RunFolder) -> bool:
    """Whether the run was interrupted and can be resumed: not with a damaged or newer config, and not the shipped run."""
    with suppress(NNLabError):
        return run.status().status == "interrupted" and bool(run.config()) and not run.is_shipped
    return False
