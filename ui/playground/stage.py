"""The live part of the Playground: the plane, the buttons that control the run, and the run's progress."""

from __future__ import annotations

import time
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary, read_preview
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.queue import get_queue_position
from ui.app import navigation
from ui.app.actions import send_request
from ui.app.refresh_rate import show_regularly
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change, describe_restriction
from ui.components.boundary import Announcement, load_plane_points, show_boundary
from ui.components.live_chart import Curves, draw_live_chart
from ui.playground.form import update_url
from ui.playground.run import get_current_run, leave_run, start_playground_run
from ui.runs.run_picker import get_status_label, show_status_badge
from ui.train.live_view import get_history

__all__ = ["show_stage"]

_INTERVAL_SECONDS = 0.25  # short, so that the boundary starts to move at once
_DOUBLE_CLICK_SECONDS = 0.4
_STARTED = "playground_started"  # when Start was last pressed
_TENTHS = 10

Action = Literal["start", "pause", "resume"]


@dataclass(frozen=True)
class Snapshot:
    """The state of the run at one epoch, which the status, the plane and the curves all show.

    The epoch is that of the latest preview. status.json may be a second older, in which a small network trains for a hundred epochs,
    and the curves may be newer.
    """

    epoch: int
    curves: Curves
    accuracy: float | None
    preview: Boundary | None


def show_stage(config: RunConfig) -> None:
    """Show the live part, refreshed a few times a second while the run is active."""
    show_regularly(lambda: _show(config, get_current_run()), _get_wanted_interval)


def _get_wanted_interval() -> float | None:
    run = get_current_run()
    with suppress(NNLabError):
        if run and run.status().is_active:
            return _INTERVAL_SECONDS
    return None


def _show(config: RunConfig, run: RunFolder | None) -> None:
    try:
        status = run.status() if run else None
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        run = status = None
    snapshot = _take_snapshot(run, status) if run and status else None
    with st.container(key="run_status", horizontal=True, vertical_alignment="center", gap="xsmall"):
        _show_buttons(config, run, status)
        if run and status:
            show_status_badge(status)
            st.markdown(_describe_progress(run, status, snapshot), width="content")
    with st.container(key="boundary"):
        points = load_plane_points(config.data, config.training.seed)
        show_boundary(
            points,
            snapshot.preview if snapshot else None,
            key="playground_boundary",
            announcement=_make_announcement(run, status, snapshot),
        )
    if run and status:
        if status.status == "failed":
            st.error(escape_markdown(status.message), icon=":material/error:")
        elif status.message:
            st.info(escape_markdown(status.message), icon=":material/info:")
        _show_curve(run, status, snapshot)
    else:
        st.caption(
            _("Press Start: the colours show the class that the network predicts at each point.")
            if can_change()
            else describe_restriction()
        )


def _take_snapshot(run: RunFolder, status: RunStatus) -> Snapshot | None:
    """Read the state of the run; None before its first step."""
    preview = read_preview(run, Boundary)
    if not preview and not status.steps:
        return None
    epoch = int(preview.epoch) if preview else status.epochs_done
    history = get_history(run)
    validation = history.validation
    evaluated = bisect_right(validation.epoch, epoch)
    accuracy = validation.accuracy[evaluated - 1] if evaluated and validation.accuracy else None
    return Snapshot(epoch, _cut_curves(history, epoch), accuracy, preview)


def _cut_curves(history: History, epoch: int) -> Curves:
    """The curves up to the end of this epoch; during the first epoch all points so far."""
    last = epoch or 1
    train, validation = history.train, history.validation
    trained, evaluated = bisect_right(train.epoch, last), bisect_right(validation.epoch, last)
    return Curves(
        train.epoch[:trained],
        train.loss[:trained],
        train.accuracy[:trained],
        validation.epoch[:evaluated],
        validation.loss[:evaluated],
        validation.accuracy[:evaluated],
        history.lr_changes,
    )


def _describe_progress(run: RunFolder, status: RunStatus, snapshot: Snapshot | None) -> str:
    """Describe the progress in a few words, which share a line with the buttons."""
    if status.status == "queued" and (place := get_queue_position(run.path)):
        return _("Place {place} in the queue").format(place=place)
    if snapshot is None:
        return _("Starting …") if status.is_active else ""
    return _("Epoch {epoch} of {epochs}").format(epoch=snapshot.epoch, epochs=status.epochs)


def _make_announcement(run: RunFolder | None, status: RunStatus | None, snapshot: Snapshot | None) -> Announcement:
    """Announce the run when it starts, pauses or ends, and after each tenth of its epochs."""
    if not (run and status):
        return Announcement()
    tenth = _TENTHS * snapshot.epoch // status.epochs if snapshot and status.epochs else 0
    texts = [get_status_label(status.status).capitalize()]
    if snapshot:
        texts.append(_("epoch {epoch} of {epochs}").format(epoch=snapshot.epoch, epochs=status.epochs))
        if snapshot.accuracy is not None:
            texts.append(_("validation accuracy {accuracy}").format(accuracy=format_percent(snapshot.accuracy)))
    return Announcement(f"{run.name} {status.status} {tenth}", ", ".join(texts) + ".")


def _show_curve(run: RunFolder, status: RunStatus, snapshot: Snapshot | None) -> None:
    with st.container(key="live_charts"):
        draw_live_chart(
            snapshot.curves if snapshot else Curves([], [], [], [], [], []),
            run=run.name,
            generation=get_history(run).generation,
            epochs=status.epochs,
            key="playground_chart",
            accuracy=False,
            compact=True,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if snapshot and snapshot.accuracy is not None:
            accuracy = _("Validation accuracy: **{accuracy}**").format(accuracy=format_percent(snapshot.accuracy))
            st.markdown(accuracy, width="content")
        st.space("stretch")
        query = {"run": run.name}
        st.page_link(navigation.PAGES["train"], label=_("Details"), icon=":material/open_in_new:", query_params=query)


def _show_buttons(config: RunConfig, run: RunFolder | None, status: RunStatus | None) -> None:
    """Show the button that starts, pauses or resumes, depending on the run's status, and Reset.

    Both keep their key and type and are only disabled for viewers, so that the keyboard focus stays on them.
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
    st.button(
        label,
        key="start_training",
        type="primary",
        icon=icon,
        on_click=_handle_click,
        args=[action, config, run],
        disabled=not can_change(),
        help=None if can_change() else describe_restriction(),
    )
    if can_change():
        st.button(_("Reset"), key="reset_training", icon=":material/restart_alt:", on_click=_reset)


def _reset() -> None:
    leave_run()
    update_url()


def _handle_click(action: Action, config: RunConfig, run: RunFolder | None) -> None:
    if action == "start":
        start_playground_run(config)
        update_url()
        st.session_state[_STARTED] = time.monotonic()
        return
    if action == "pause" and time.monotonic() - st.session_state.get(_STARTED, 0.0) < _DOUBLE_CLICK_SECONDS:
        return  # the second click of a double click on Start
    with suppress(NNLabError):  # it has just ended, which the next refresh shows
        if run:
            send_request(run, action)
