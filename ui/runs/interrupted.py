"""After a power cut: all runs that were cut off go on with one click."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change
from ui.train.start_run import go_on

__all__ = ["offer_interrupted"]


def offer_interrupted(runs: Sequence[RunFolder]) -> None:
    """runs: the newest first, as they are listed. Nothing is shown where all came to their end, or still go on."""
    cut_off = [run for run in runs if _is_interrupted(run)]
    if not cut_off or not can_change():
        return

    def resume() -> None:
        for run in reversed(cut_off):  # the oldest first, so that they train in the order in which they were started
            try:
                go_on(run)
            except NNLabError as error:
                st.toast(escape_markdown(str(error)), icon=":material/error:")

    with st.container(border=True, key="interrupted", horizontal=True, vertical_alignment="center"):
        told = _("Cut off before the end: {count}. They go on from where they were last saved.")
        st.markdown(told.format(count=len(cut_off)), width="content")
        st.space("stretch")
        label = _("Resume all") if len(cut_off) > 1 else _("Resume it")
        st.button(label, key="resume_interrupted", icon=":material/play_arrow:", on_click=resume)


def _is_interrupted(run: RunFolder) -> bool:
    """And can go on: one whose config is damaged, or of a newer version, cannot, nor can the one that comes with NN Lab."""
    with suppress(NNLabError):
        return run.status().status == "interrupted" and bool(run.config()) and not run.is_shipped
    return False
