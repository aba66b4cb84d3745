"""The live part of the Playground: the buttons, the network, the plane and the curve."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import N_, _
from nn_core.jobs.previews import Boundary, Surface, read_preview
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.queue import get_queue_position
from ui.app import navigation
from ui.app.actions import note_viewer
from ui.app.glossary import describe_view
from ui.app.refresh_rate import show_regularly
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change, describe_restriction
from ui.components.boundary import Announcement
from ui.components.live_chart import Curves, draw_live_chart
from ui.playground.controls import show_buttons
from ui.playground.drawing import show_plane
from ui.playground.network import show_network_view
from ui.playground.run import get_current_run
from ui.playground.shown import find_obstacle, is_hidden, take_page_request
from ui.runs.run_picker import get_status_label, show_status_badge
from ui.train.live_view import get_history

__all__ = ["show_stage"]

_INTERVAL_SECONDS = 0.25  # short, so that the boundary starts to move at once
_TENTHS = 10
_WHAT = N_(
    "Each square is a feature of the input or a neuron: its colours are its values over the plane, and the lines are the weights."
)
_LOOK_FOR = N_(
    "Watch how neurons of the first layer become straight lines, how later ones combine them, and which weights grow. Click a neuron or "
    "a line to read and set its numbers."
)


@dataclass(frozen=True)
class Snapshot:
    """The state of the run at one epoch, which the status, the plane and the curves all show.

    The epoch is that of the latest preview. status.json may be a second older, in which a small network trains for a hundred epochs,
    and the curves may be newer.

    Attributes:
        is_outdated: whether a weight was set by hand after the accuracy was measured.
    """

    epoch: int
    curves: Curves
    accuracy: float | None
    is_outdated: bool
    preview: Boundary | Surface | None


def show_stage(config: RunConfig) -> None:
    """Show the live part, refreshed a few times a second while the run is active, and below it what it shows."""
    show_regularly(lambda: _show(config, get_current_run()), _get_wanted_interval)
    if not is_hidden("network"):
        describe_view(_(_WHAT), _(_LOOK_FOR), "neuron", "weight", "activation_function", "gradient", "input_feature")


def _get_wanted_interval() -> float | None:
    run = get_current_run()
    with suppress(NNLabError):
        if run and run.status().is_active:
            return _INTERVAL_SECONDS
    return None


def _show(config: RunConfig, run: RunFolder | None) -> None:
    if take_page_request():
        st.rerun()
    try:
        status = run.status() if run else None
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        run = status = None
    if run and status and status.is_active and can_change():
        note_viewer(run, is_needed=True)
    snapshot = _take_snapshot(run, status) if run and status else None
    obstacle = find_obstacle(config)
    with st.container(key="run_status", horizontal=True, vertical_alignment="center", gap="xsmall"):
        show_buttons(config, run, status, obstacle=obstacle)
        if run and status:
            show_status_badge(status)
            st.markdown(_describe_progress(run, status, snapshot), width="content")
    with st.container(key="playground_views"):
        plane, network = (st.container(), None) if is_hidden("network") else st.columns([5, 6], gap="small")
    with plane:
        with st.container(key="boundary"):
            preview = snapshot.preview if snapshot else None
            show_plane(config, preview, _make_announcement(run, status, snapshot))
        _show_outcome(run, status, snapshot, obstacle)
    if network:
        with network:
            show_network_view(config, run, status, is_possible=not obstacle)


def _show_outcome(run: RunFolder | None, status: RunStatus | None, snapshot: Snapshot | None, obstacle: str) -> None:
    """Show the curve, and what the run has to say; before it starts, what to do."""
    if run and status:
        if status.status == "failed":
            st.error(escape_markdown(status.message), icon=":material/error:")
        elif status.message:
            st.info(escape_markdown(status.message), icon=":material/info:")
        _show_curve(run, status, snapshot)
    elif obstacle:
        st.info(escape_markdown(obstacle), icon=":material/draw:")
    elif can_change():
        st.caption(_("Press Start: the colours show what the network predicts at each point."))
    else:
        st.caption(describe_restriction())


def _take_snapshot(run: RunFolder, status: RunStatus) -> Snapshot | None:
    """Read the state of the run; None before its first step."""
    preview = read_preview(run, Boundary) or read_preview(run, Surface)
    if not preview and not status.steps:
        return None
    epoch = int(preview.epoch) if preview else status.epochs_done
    history = get_history(run)
    validation = history.validation
    evaluated = bisect_right(validation.epoch, epoch)
    accuracy = validation.accuracy[evaluated - 1] if evaluated and validation.accuracy else None
    is_outdated = bool(evaluated and history.edits and history.edits[-1][0] >= validation.epoch[evaluated - 1])
    return Snapshot(epoch, _cut_curves(history, epoch), accuracy, is_outdated, preview)


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
    if status.status == "paused":  # short, because a second line would move the picture
        return _("Epoch {epoch}, step {step:,}").format(epoch=snapshot.epoch, step=status.step)
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
    if is_hidden("curve"):
        return
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
            label = (
                _("Validation accuracy before a weight was set") if snapshot.is_outdated else _("Validation accuracy")
            )
            accuracy = f"{label}: **{format_percent(snapshot.accuracy)}**"
            st.markdown(accuracy, width="content")
        st.space("stretch")
        query = {"run": run.name}
        st.page_link(navigation.PAGES["train"], label=_("Details"), icon=":material/open_in_new:", query_params=query)
