"""The moving part of the playground: the plane, the buttons that control its run, and the run's progress."""

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
from ui.app.errors import show_errors
from ui.app.refresh_rate import get_audience, get_viewer
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change, describe_restriction
from ui.components.boundary import Announcement, load_plane_points, show_boundary
from ui.components.live_chart import Curves, draw_live_chart
from ui.playground.form import keep_url
from ui.playground.run import get_current_run, leave, start
from ui.runs.run_picker import get_status_label, show_badge
from ui.train.live_view import get_history

__all__ = ["show_stage"]

_TICK_SECONDS = 0.25  # of which the first comes so soon that the boundary moves at once
_DOUBLE_CLICK_SECONDS = 0.4
_STARTED = "playground_started"  # when Start was last pressed
_TENTHS = 10

Step = Literal["start", "pause", "resume"]


@dataclass(frozen=True)
class Moment:
    """How far the run is, for everything on the page: status, plane and curves all show this epoch.

    status.json may be a second old, in which a small network trains for a hundred epochs, and the curves are newer still; so the
    latest picture of the plane decides.
    """

    epoch: int
    curves: Curves
    accuracy: float | None
    preview: Boundary | None


def show_stage(config: RunConfig) -> None:
    """Repeated a few times a second while the run is active."""
    pace = _pace()

    def tick() -> None:
        with show_errors(), get_audience().tick():
            _show(config, get_current_run())
            if _pace(pace) != pace:
                st.rerun()  # the whole page: it changes or ends the ticking

    st.fragment(tick, run_every=pace)()


def _pace(present: float | None = None) -> float | None:
    run = get_current_run()
    with suppress(NNLabError):
        if run and run.status().is_active:
            return get_audience().pace(get_viewer(), _TICK_SECONDS, present)
    return None


def _show(config: RunConfig, run: RunFolder | None) -> None:
    try:
        status = run.status() if run else None
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        run = status = None
    moment = _moment(run, status) if run and status else None
    with st.container(key="run_status", horizontal=True, vertical_alignment="center", gap="xsmall"):
        _buttons(config, run, status)
        if run and status:
            show_badge(status)
            st.markdown(_progress(run, status, moment), width="content")
    with st.container(key="boundary"):
        points = load_plane_points(config.data, config.training.seed)
        show_boundary(
            points,
            moment.preview if moment else None,
            key="playground_boundary",
            announcement=_announcement(run, status, moment),
        )
    if run and status:
        if status.status == "failed":
            st.error(escape_markdown(status.message), icon=":material/error:")
        elif status.message:
            st.info(escape_markdown(status.message), icon=":material/info:")
        _curve(run, status, moment)
    else:
        st.caption(
            _("Press Start: the colours show which class the network takes each place for.")
            if can_change()
            else describe_restriction()
        )


def _moment(run: RunFolder, status: RunStatus) -> Moment | None:
    """None before the first step."""
    preview = read_preview(run, Boundary)
    if not preview and not status.steps:
        return None
    epoch = int(preview.epoch) if preview else status.epochs_done
    history = get_history(run)
    validation = history.validation
    judged = bisect_right(validation.epoch, epoch)
    accuracy = validation.accuracy[judged - 1] if judged and validation.accuracy else None
    return Moment(epoch, _curves_until(history, epoch), accuracy, preview)


def _curves_until(history: History, epoch: int) -> Curves:
    """The curves up to the end of that epoch; within the first one, all of it so far."""
    last = epoch or 1
    train, validation = history.train, history.validation
    learned, judged = bisect_right(train.epoch, last), bisect_right(validation.epoch, last)
    return Curves(
        train.epoch[:learned],
        train.loss[:learned],
        train.accuracy[:learned],
        validation.epoch[:judged],
        validation.loss[:judged],
        validation.accuracy[:judged],
        history.turns,
    )


def _progress(run: RunFolder, status: RunStatus, moment: Moment | None) -> str:
    """Short enough for the one line that it shares with the buttons."""
    if status.status == "queued" and (place := get_queue_position(run.path)):
        return _("Place {place} in the queue").format(place=place)
    if moment is None:
        return _("Starting …") if status.is_active else ""
    return _("Epoch {epoch} of {epochs}").format(epoch=moment.epoch, epochs=status.epochs)


def _announcement(run: RunFolder | None, status: RunStatus | None, moment: Moment | None) -> Announcement:
    """Said when the run begins, pauses or ends, and after each tenth of its epochs."""
    if not (run and status):
        return Announcement()
    tenth = _TENTHS * moment.epoch // status.epochs if moment and status.epochs else 0
    said = [get_status_label(status.status).capitalize()]
    if moment:
        said.append(_("epoch {epoch} of {epochs}").format(epoch=moment.epoch, epochs=status.epochs))
        if moment.accuracy is not None:
            said.append(_("validation accuracy {share}").format(share=format_percent(moment.accuracy)))
    return Announcement(f"{run.name} {status.status} {tenth}", ", ".join(said) + ".")


def _curve(run: RunFolder, status: RunStatus, moment: Moment | None) -> None:
    with st.container(key="live_charts"):
        draw_live_chart(
            moment.curves if moment else Curves([], [], [], [], [], []),
            run=run.name,
            generation=get_history(run).generation,
            epochs=status.epochs,
            key="playground_chart",
            accuracy=False,
            compact=True,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if moment and moment.accuracy is not None:
            right = _("Validation accuracy: **{share}**").format(share=format_percent(moment.accuracy))
            st.markdown(right, width="content")
        st.space("stretch")
        query = {"run": run.name}
        st.page_link(navigation.PAGES["train"], label=_("More"), icon=":material/open_in_new:", query_params=query)


def _buttons(config: RunConfig, run: RunFolder | None, status: RunStatus | None) -> None:
    """One button that starts, pauses or resumes, as the run's status allows, and Reset. Both keep their key and type and are never
    disabled for users who may press them, so that the keyboard's focus stays on them."""
    looks: dict[Step, tuple[str, str]] = {
        "start": (_("Start"), ":material/play_arrow:"),
        "pause": (_("Pause"), ":material/pause:"),
        "resume": (_("Resume"), ":material/play_arrow:"),
    }
    step: Step = "start"
    if can_change() and status and status.is_active:
        step = "resume" if status.status == "paused" else "pause"
    label, icon = looks[step]
    st.button(
        label,
        key="start_training",
        type="primary",
        icon=icon,
        on_click=_take,
        args=[step, config, run],
        disabled=not can_change(),
        help=None if can_change() else describe_restriction(),
    )
    if can_change():
        st.button(_("Reset"), key="reset_training", icon=":material/restart_alt:", on_click=_reset)


def _reset() -> None:
    leave()
    keep_url()


def _take(step: Step, config: RunConfig, run: RunFolder | None) -> None:
    if step == "start":
        start(config)
        keep_url()
        st.session_state[_STARTED] = time.monotonic()
        return
    if step == "pause" and time.monotonic() - st.session_state.get(_STARTED, 0.0) < _DOUBLE_CLICK_SECONDS:
        return  # the second click of a double click on Start
    with suppress(NNLabError):  # it has just ended, as the next tick shows
        if run:
            send_request(run, step)
