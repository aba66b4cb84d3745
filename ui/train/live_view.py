"""The live view of a run: status, progress, queue position, curves, preview, and the buttons that control it."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nn_core.drawings.pins import Pin
from nn_core.errors import DamagedRun, NNLabError
from nn_core.formatting import format_duration, format_loss, format_percent
from nn_core.i18n import N_, _
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.metrics import PinnedCurve
from nn_core.runs.reports import EvaluationReport
from ui.app import cache
from ui.app.actions import send_request
from ui.app.next_steps import see_mistakes, show_step_link, try_it
from ui.app.refresh_rate import show_regularly
from ui.app.run_labels import (
    UNKNOWN,
    Figure,
    RunLabels,
    describe_queue_position,
    describe_result,
    get_headline,
    get_run_labels,
    get_validation_figure,
)
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change
from ui.components.live_chart import Curves, PinnedLine, draw_live_chart
from ui.draw.pins import describe_pins, read_pins_of_run
from ui.runs.run_picker import show_status_badge
from ui.train.devices import show_speeds
from ui.train.learning_rate import show_learning_rate
from ui.train.previews import has_previews, show_previews
from ui.train.run_announcer import announce_run
from ui.train.start_run import resume_run

__all__ = ["get_curves", "get_history", "show_live_view"]

_INTERVAL_SECONDS = 1.0
_FIRST_INTERVAL_SECONDS = 0.3
_PREVIEW_INTERVAL_SECONDS = 0.5
_TOASTS = {
    "pause": N_("Pausing …"),
    "resume": N_("Resuming …"),
    "restart": N_("Resuming …"),
    "stop": N_("Stopping …"),
}


def show_live_view(run: RunFolder) -> None:
    """Show everything about the run, refreshed about once a second while it is active."""
    show_regularly(lambda: _show(run, run.status()), lambda: _get_wanted_interval(run))


def _get_wanted_interval(run: RunFolder) -> float | None:
    """Seconds until the next refresh: short until the curve has a point, None once the run has ended."""
    if not run.status().is_active:
        return None
    with suppress(NNLabError):  # the refresh itself shows the error
        if get_history(run).train.epoch:
            return _PREVIEW_INTERVAL_SECONDS if has_previews(get_run_labels(run)) else _INTERVAL_SECONDS
    return _FIRST_INTERVAL_SECONDS


def _show(run: RunFolder, status: RunStatus) -> None:
    history, labels, evaluation = get_history(run), get_run_labels(run), _get_evaluation(run, status)
    with st.container(key="run_status", horizontal=True, vertical_alignment="center"):
        show_status_badge(status)
        queue_position = describe_queue_position(run, status)
        st.markdown(escape_markdown(queue_position or _describe_activity(status, labels)), width="content")
        st.space("stretch")
        _show_controls(run, status, history, is_queued=queue_position is not None)
    if status.is_active or 0 < status.progress < 1:
        st.progress(min(status.progress, 1.0), text=_describe_time(status))
    if status.status == "failed":
        st.error(escape_markdown(status.message), icon=":material/error:")
    elif status.status == "finished":
        _show_result(run, status, labels, evaluation)
    elif status.status == "interrupted":
        st.warning(
            _("The process of this run ended early. Resume continues from where the run was last saved."),
            icon=":material/warning:",
        )
    if status.message and status.status != "failed":
        st.info(escape_markdown(status.message), icon=":material/info:")
    if history.unreadable:
        st.caption(
            _("Damaged lines in metrics.jsonl, left out of the curves: {count:,}.").format(count=history.unreadable)
        )
    result = get_headline(labels, status, history.validation, evaluation)
    _show_figures(status, history, labels, result)
    preview, curves = (
        st.columns([5, 6]) if has_previews(labels) and labels.kind == "points" else (st.container(), st.container())
    )
    with preview:
        show_previews(run, labels)
    pins = read_pins_of_run(run)
    with curves, st.container(key="live_charts"):
        draw_live_chart(
            get_curves(history, pins),
            run=run.name,
            generation=history.generation,
            epochs=status.epochs,
            key=f"chart-{run.name}",
            accuracy=labels.goal == "classify",
        )
    describe_pins(pins, history, active=status.is_active)
    if status.device:
        parameters = _(" · {count:,} parameters").format(count=status.parameters) if status.parameters else ""
        st.caption(escape_markdown(status.device + parameters))
    show_speeds(status.ranks)
    announce_run(run, status, history.validation, result)


def get_curves(history: History, pins: Sequence[Pin] = ()) -> Curves:
    """Convert a history to the curves of the chart.

    Args:
        history: of a run.
        pins: the drawings that have their own curve.
    """
    train, validation = history.train, history.validation
    pinned = [(pin, history.pinned.get(pin.id, PinnedCurve())) for pin in pins]
    return Curves(
        train.epoch,
        train.loss,
        train.accuracy,
        validation.epoch,
        validation.loss,
        validation.accuracy,
        history.lr_changes,
        [PinnedLine(pin.id, pin.name, curve.epoch, curve.share) for pin, curve in pinned],
    )


def _get_evaluation(run: RunFolder, status: RunStatus) -> EvaluationReport | None:
    """The evaluation of the run's final network; None while the run is active and if it was not tested."""
    if status.is_active:
        return None
    with suppress(DamagedRun):  # the Evaluate page reports the damage and evaluates the run again
        return run.evaluation_of(status)
    return None


def _show_result(run: RunFolder, status: RunStatus, labels: RunLabels, evaluation: EvaluationReport | None) -> None:
    """Show the result of a finished run in a sentence, with links to next steps."""
    with st.container(border=True, key="what_next", horizontal=True, vertical_alignment="center"):
        st.markdown(describe_result(labels, status, evaluation), width="content")
        st.space("stretch")
        for step in (see_mistakes(run), try_it(run)):
            if step:
                show_step_link(step)
    if status.ended_early:
        st.caption(escape_markdown(status.ended_early))


def get_history(run: RunFolder) -> History:
    """Read the current curves from the cache that all pages share, with a progress bar if that takes a while."""
    bars: list[DeltaGenerator] = []

    def show_progress(fraction: float) -> None:
        text = _("Reading the curves …")
        bars[0].progress(fraction, text=text) if bars else bars.append(st.progress(fraction, text=text))

    history = cache.get_histories().read(run, show_progress)
    for bar in bars:
        bar.empty()
    return history


def _describe_activity(status: RunStatus, labels: RunLabels) -> str:
    """Say in a few words what the run is doing."""
    activities = {
        "starting": _("Starting PyTorch …"),
        "downloading": _("Downloading the data …"),
        "evaluating": labels.testing,
    }
    if status.is_active and status.activity in activities:
        return activities[status.activity]
    epoch = min(status.epochs_done + 1, status.epochs) if status.is_active else status.epochs_done
    return _("Epoch {epoch} of {epochs} · {progress}").format(
        epoch=epoch, epochs=status.epochs, progress=format_percent(status.progress, 0)
    )


def _describe_time(status: RunStatus) -> str:
    elapsed = _("{time} so far").format(time=format_duration(status.elapsed_seconds))
    if status.status != "running" or status.activity != "training" or status.remaining_seconds is None:
        return elapsed
    return _("{elapsed}, about {left} left").format(elapsed=elapsed, left=format_duration(status.remaining_seconds))


def _show_figures(status: RunStatus, history: History, labels: RunLabels, result: Figure) -> None:
    """Show the result as a large figure, followed by smaller ones."""
    train, rate = history.train, status.samples_per_second
    figures = []
    validation = get_validation_figure(labels, status, history.validation)
    if validation != result:
        figures.append(validation)
    if labels.goal == "classify":
        accuracy = format_percent(train.accuracy[-1]) if train.accuracy else UNKNOWN
        figures.append(Figure(_("Training accuracy (last batches)"), accuracy, labels.training_help))
    figures.append(
        Figure(
            _("Training loss (last batches)"),
            format_loss(train.loss[-1]) if train.loss else UNKNOWN,
            labels.training_help,
        )
    )
    figures.append(Figure(labels.per_second, f"{rate:,.0f}" if rate else UNKNOWN, _("The training speed.")))
    with st.container(key="figures_of_run"):
        columns = st.columns([1.6, *(1 for _each in figures)])
        with columns[0], st.container(key="headline"):
            st.metric(result.label, result.value, border=True, help=result.help)
        for column, figure in zip(columns[1:], figures, strict=True):
            column.metric(figure.label, figure.value, border=True, help=figure.help)


def _show_controls(run: RunFolder, status: RunStatus, history: History, *, is_queued: bool) -> None:
    """Show the buttons that apply to the run's status. The worker handles a click between two batches, and the next refresh shows it."""
    if not can_change() or run.is_shipped:
        return
    if is_queued:
        _show_button(run, "stop", _("Cancel"), ":material/close:")
        return
    if status.is_active:
        show_learning_rate(run, history)
    match status.status:
        case "running" | "queued":
            _show_button(run, "pause", _("Pause"), ":material/pause:")
            _show_button(run, "stop", _("Stop"), ":material/stop:")
        case "paused":
            _show_button(run, "resume", _("Resume"), ":material/play_arrow:")
            _show_button(run, "stop", _("Stop"), ":material/stop:")
        case "stopped" | "interrupted" | "failed":
            _show_button(run, "restart", _("Resume"), ":material/play_arrow:")


def _show_button(run: RunFolder, action: str, label: str, icon: str) -> None:
    """Show a button that controls the run. Pause and Resume share a key, so that the keyboard focus stays on the button."""

    def act() -> None:
        try:
            if action == "restart":
                resume_run(run)
            else:
                send_request(run, action)  # type: ignore[arg-type]
        except NNLabError as error:
            st.toast(escape_markdown(str(error)), icon=":material/error:")

    key = "stop_training" if action == "stop" else "pause_training"
    if st.button(label, key=key, icon=icon, on_click=act):
        st.toast(_(_TOASTS[action]))
