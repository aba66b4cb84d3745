"""The buttons of the Playground: start, pause, step by step, speed and reset."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Literal

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from ui.app.actions import request_speed, send_request
from ui.app.errors import toast_errors
from ui.app.widgets import action_bar
from ui.auth.permissions import can_change, describe_restriction
from ui.playground.run import get_current_run, leave_run, start_playground_run
from ui.playground.shown import get_shown, get_speed, get_version, is_hidden, update_url
from ui.playground.url_parameters import SPEEDS

__all__ = ["show_buttons"]

_DOUBLE_CLICK_SECONDS = 0.4
_STARTED = "playground_started"  # when Start was last pressed

Action = Literal["start", "pause", "resume"]


def show_buttons(config: RunConfig, run: RunFolder | None, status: RunStatus | None, *, obstacle: str) -> None:
    """Show the button that starts, pauses or resumes, depending on the run's status, then Step, Epoch, Reset and the speed.

    All keep their key and type and are only disabled, so that the keyboard focus stays on them.

    Args:
        obstacle: why no run can start; empty if it can.
    """
    labels: dict[Action, tuple[str, str]] = {
        "start": (_("Start"), ":material/play_arrow:"),
        "pause": (_("Pause"), ":material/pause:"),
        "resume": (_("Resume"), ":material/play_arrow:"),
    }
    action: Action = "start"
    if can_change() and status and status.is_active:
        action = "resume" if status.status == "paused" else "pause"
    label, icon = labels[action]
    with action_bar():
        st.button(
            label,
            key="start_training",
            type="primary",
            icon=icon,
            on_click=_handle_click,
            args=[action, config, run],
            disabled=bool(obstacle) or not can_change(),
            help=None if can_change() else describe_restriction(),
        )
    if not can_change():
        return
    if not is_hidden("step"):
        for until, name, icon in (
            ("step", _("Step"), ":material/skip_next:"),
            ("epoch", _("Epoch"), ":material/fast_forward:"),
        ):
            args = [until, config, run, status]
            key = f"{until}_training"
            st.button(name, key=key, icon=icon, on_click=_advance, args=args, disabled=bool(obstacle))
    if not is_hidden("reset"):
        st.button(_("Reset"), key="reset_training", icon=":material/restart_alt:", on_click=_reset)
    if not is_hidden("speed"):
        # A field of its own for each version: the live part may run again before the browser knows a value set in the session.
        key = f"speed-{get_version()}"
        get_shown()["speed"] = st.selectbox(
            _("Speed"),
            SPEEDS,
            SPEEDS.index(get_speed()),
            format_func=_format_speed,
            key=key,
            on_change=_apply_speed,
            args=[key],
            label_visibility="collapsed",
            width=124,
        )


def _format_speed(speed: int) -> str:
    if not speed:
        return _("Full speed")
    return _("{count} batches/s").format(count=speed) if speed > 1 else _("1 batch/s")


def _apply_speed(key: str) -> None:
    get_shown()["speed"] = st.session_state[key]
    update_url()
    run = get_current_run()
    with toast_errors():
        if run and run.status().is_active:
            request_speed(run, get_speed() or None)


def _reset() -> None:
    leave_run()
    update_url()


def _advance(
    until: Literal["step", "epoch"], config: RunConfig, run: RunFolder | None, status: RunStatus | None
) -> None:
    if not (run and status and status.is_active):
        start_playground_run(config, get_speed() or None, until)
        update_url()
        return
    with suppress(NNLabError):  # it has just ended, which the next refresh shows
        send_request(run, until)


def _handle_click(action: Action, config: RunConfig, run: RunFolder | None) -> None:
    if action == "start":
        start_playground_run(config, get_speed() or None)
        update_url()
        st.session_state[_STARTED] = time.monotonic()
        return
    if action == "pause" and time.monotonic() - st.session_state.get(_STARTED, 0.0) < _DOUBLE_CLICK_SECONDS:
        return  # the second click of a double click on Start
    with suppress(NNLabError):  # it has just ended, which the next refresh shows
        if run:
            send_request(run, action)
