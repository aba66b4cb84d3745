"""The deleted runs: a list of what can be restored, and the button that removes it for good."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from nn_core.formatting import format_bytes
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import make_titles
from nn_core.runs.bin import KEPT_DAYS, DeletedRun, list_deleted_runs
from nn_core.runs.disk_quota import measure_bin_bytes
from ui.app import cache
from ui.app.actions import empty_bin, remove_expired_runs, restore_run
from ui.app.errors import show_errors, toast_errors
from ui.app.text import escape_title
from ui.auth.permissions import can_change
from ui.runs.undo import forget_deleted

__all__ = ["show_deleted_runs"]

_MAX_SHOWN = 30
_LIST = "deleted_runs"


def show_deleted_runs() -> None:
    """Show the deleted runs in an expander; nothing to viewers, and if there are none."""
    if not can_change():
        return
    with show_errors():
        remove_expired_runs(get_runs_folder())
    deleted = list_deleted_runs(get_runs_folder(), cache.get_file_cache())
    if not deleted:
        return
    expander = st.expander(
        _("Deleted runs ({count})").format(count=len(deleted)),
        icon=":material/delete:",
        key=_LIST,
        on_change="rerun",
    )
    if expander.open:
        with expander:
            _list(deleted)


def _list(deleted: Sequence[DeletedRun]) -> None:
    size = format_bytes(sum(measure_bin_bytes(get_runs_folder()).values()))
    st.caption(
        _("They take {size} and are removed for good {days} days after they were deleted.").format(
            size=size, days=KEPT_DAYS
        )
    )
    for each in deleted[:_MAX_SHOWN]:
        title = make_titles([each.run])[each.name]
        until = (each.deleted_at + timedelta(days=KEPT_DAYS)).astimezone()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(escape_title(title), width="stretch")
            st.caption(_("until {date}").format(date=f"{until:%Y-%m-%d, %H:%M}"), width="content")
            st.button(
                _("Restore"),
                key=f"restore_{each.id}",
                icon=":material/restore_from_trash:",
                on_click=_restore,
                args=[each, title],
            )
    if len(deleted) > _MAX_SHOWN:
        st.caption(_("The others are listed when some of these are restored or removed."))
    if st.button(_("Remove all for good"), key="empty_bin", icon=":material/delete_forever:"):
        _ask_to_empty(deleted, size)


def _restore(deleted: DeletedRun, title: str) -> None:
    with toast_errors():
        restore_run(deleted)
        forget_deleted([deleted])
        st.session_state[_LIST] = True  # its title changes with the number of runs, which would close it
        st.toast(_("Restored: {run}.").format(run=escape_title(title)), icon=":material/restore_from_trash:")


@st.dialog(_("Remove the deleted runs for good?"))
def _ask_to_empty(deleted: Sequence[DeletedRun], size: str) -> None:
    st.markdown(
        _("**{count} deleted runs** ({size}) with their weights and curves cannot be restored then.").format(
            count=len(deleted), size=size
        )
    )
    with st.container(horizontal=True):
        if st.button(_("Remove"), key="confirm_empty_bin", type="primary", icon=":material/delete_forever:"):
            with show_errors():
                empty_bin(deleted)
                forget_deleted(deleted)
                st.rerun()
        if st.button(_("Keep them"), key="keep_deleted"):
            st.rerun()
