"""The controls of a run on its page: pause, resume and stop it, and change its learning rate."""

from typing import Literal

import streamlit as st

from nn_core.i18n import N_, _
from nn_core.runs import History, RunFolder, RunStatus
from ui.app.actions import request_lr, resume_run, send_request
from ui.app.errors import toast_errors
from ui.app.widgets import action_bar
from ui.auth.permissions import can_change

__all__ = ["change_learning_rate", "show_controls"]

Action = Literal["pause", "resume", "restart", "stop"]

_MIN_RATE, _MAX_RATE = 1e-7, 100.0
_FIELD = "learning_rate_field"  # the key of the number field that is shown
_TOASTS: dict[Action, str] = {
    "pause": N_("Pausing …"),
    "resume": N_("Resuming …"),
    "restart": N_("Resuming …"),
    "stop": N_("Stopping …"),
}


def show_controls(run: RunFolder, status: RunStatus, history: History, *, is_queued: bool) -> None:
    """Show the buttons that apply to the run's status. The worker handles a click between two batches, and the next refresh shows it."""
    if not can_change() or run.is_shipped:
        return
    with action_bar():
        if is_queued:
            _show_button(run, "stop", _("Cancel"), ":material/close:")
            return
        if status.is_active:
            _show_learning_rate(run, history)
        match status.status:
            case "running" | "queued":
                _show_button(run, "pause", _("Pause"), ":material/pause:")
                _show_button(run, "stop", _("Stop"), ":material/stop:")
            case "paused":
                _show_button(run, "resume", _("Resume"), ":material/play_arrow:")
                _show_button(run, "stop", _("Stop"), ":material/stop:")
            case "stopped" | "interrupted" | "failed":
                _show_button(run, "restart", _("Resume"), ":material/play_arrow:")


def _show_button(run: RunFolder, action: Action, label: str, icon: str) -> None:
    """Show a button that controls the run. Pause and Resume share a key, so that the keyboard focus stays on the button."""

    @toast_errors()
    def act() -> None:
        if action == "restart":
            resume_run(run)
        else:
            send_request(run, action)

    key = "stop_training" if action == "stop" else "pause_training"
    if st.button(label, key=key, icon=icon, on_click=act):
        st.toast(_(_TOASTS[action]))


def _show_learning_rate(run: RunFolder, history: History) -> None:
    """Show a button with the learning rate that opens controls to change it."""
    rate = _get_rate(run)
    # Each rate has its own field: an existing field would fall back to its lowest value when its step changes. Nothing else may
    # change the field, because then text that a user is typing would be lost.
    st.session_state[_FIELD] = key = f"learning_rate_{rate:g}"
    with st.popover(_("Learning rate {rate:g}").format(rate=rate), icon=":material/tune:", key="learning_rate"):
        st.caption(
            _("Takes effect at the next step and is marked in the charts. Smaller is steadier, larger is faster.")
        )
        with st.container(key="learning_rate_value", horizontal=True, vertical_alignment="bottom"):
            half, double = (run, rate / 2), (run, rate * 2)
            st.button(
                "÷ 2", key="halve_rate", help=_("Halve the learning rate"), on_click=change_learning_rate, args=half
            )
            st.number_input(
                _("Learning rate"),
                _MIN_RATE,
                _MAX_RATE,
                rate,
                step=rate / 10,
                format="%g",
                key=key,
                width=150,
                on_change=_apply_field,
                args=(run, key),
            )
            st.button(
                "× 2", key="double_rate", help=_("Double the learning rate"), on_click=change_learning_rate, args=double
            )
        scheduled = history.last_train.get("lr")
        changed_at = history.lr_changes[-1][0] if history.lr_changes else 0.0
        is_current = history.last_train.get("epoch", 0.0) > changed_at  # measured since the last change
        if is_current and isinstance(scheduled, float) and f"{scheduled:.3g}" != f"{rate:.3g}":
            st.caption(_("The schedule currently sets it to {rate:.3g}.").format(rate=scheduled))


def _apply_field(run: RunFolder, key: str) -> None:
    """Apply the value of the field with this key if it is the field that is shown.

    A request that the browser sent before it received a new field still contains the value of the old one, and Streamlit, which has
    already dropped the old field, takes that value for a change.
    """
    if st.session_state[_FIELD] == key:
        change_learning_rate(run, st.session_state[key])


def change_learning_rate(run: RunFolder, rate: float) -> None:
    """Request this learning rate for the run; show an error as a toast."""
    rate = float(f"{min(max(rate, _MIN_RATE), _MAX_RATE):.6g}")
    with toast_errors():
        request_lr(run, rate)
        st.session_state[f"rate-{run.path}"] = rate


def _get_rate(run: RunFolder) -> float:
    """The rate before the schedule: the requested one until the worker has applied it, then that of the run."""
    requested: float | None = st.session_state.get(f"rate-{run.path}")
    if requested is not None and run.has_lr_request:
        return requested
    rate = run.status().learning_rate
    return float(run.config().optimizer.lr if rate is None else rate)
