"""Undo of the last change to runs: those that were deleted come back, and those that were tagged or annotated get their old labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder, RunLabel
from nn_core.runs.bin import DeletedRun
from ui.app.actions import restore_run, write_label
from ui.app.errors import toast_errors
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change
from ui.components.announcer import announce

__all__ = ["UndoableChange", "forget_deleted", "offer_undo", "remember_change"]

_CHANGE = "undoable_change"


@dataclass(frozen=True)
class UndoableChange:
    """What was changed.

    Attributes:
        sentence: says so.
        deleted: the runs that were deleted.
        labels: the runs whose label was changed, each with the label before.
    """

    sentence: str
    deleted: Sequence[DeletedRun] = ()
    labels: Sequence[tuple[RunFolder, RunLabel]] = ()


def remember_change(change: UndoableChange) -> None:
    """Offer to undo this change from now on, instead of the one before."""
    st.session_state[_CHANGE] = change


def forget_deleted(runs: Sequence[DeletedRun]) -> None:
    """No longer offer to bring back these runs, because they are back or removed for good."""
    change: UndoableChange | None = st.session_state.get(_CHANGE)
    if change and {each.id for each in change.deleted} & {each.id for each in runs}:
        _forget()


def offer_undo() -> None:
    """Show what was changed last, with a button that undoes it."""
    change: UndoableChange | None = st.session_state.get(_CHANGE)
    if not change or not can_change():
        return
    with st.container(border=True, key="undo_bar", horizontal=True, vertical_alignment="center"):
        st.markdown(escape_markdown(change.sentence), width="content")
        st.space("stretch")
        st.button(_("Undo"), key="undo", icon=":material/undo:", on_click=_undo, args=[change])
        st.button(_("Close"), key="close_undo", icon=":material/close:", type="tertiary", on_click=_forget)
    announce(change.sentence, subject="undo")


def _undo(change: UndoableChange) -> None:
    _forget()
    for deleted in change.deleted:
        with toast_errors():
            restore_run(deleted)
    for run, label in change.labels:
        with toast_errors():
            write_label(run, label)
    st.toast(_("Undone."), icon=":material/undo:")


def _forget() -> None:
    st.session_state.pop(_CHANGE, None)
