"""The live view of a run: status, progress, queue position, curves, preview, and the buttons that control it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nn_core.drawings.pins import Pin
from nn_core.errors import DamagedRun, NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import N_, _
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.metrics import PinnedCurve
from ui.app import cache
from ui.app.actions import send_request
from ui.app.errors import show_errors
from ui.app.next_steps import see_mistakes, show_step_link, try_it
from ui.app.refresh_rate import get_audience, get_viewer
from ui.app.run_labels import (
    UNKNOWN,
    About,
    Figure,
    describe_queue_position,
    describe_result,
    describe_run_labels,
    get_headline,
    get_validation_figure,
)
from ui.app.text import escape_markdown, format_duration
from ui.auth.permissions import can_change
from ui.components.live_chart import Curves, PinnedLine, draw_live_chart
from ui.draw.pins import describe_pins, read_pins_of_run
from ui.runs.run_picker import show_badge
from ui.train.devices import show_speeds
from ui.train.learning_rate import show_learning_rate
from ui.train.previews import has_previews, show_previews
from ui.train.run_announcer import announce_run
from ui.train.start_run import go_on

__all__ = ["get_curves", "get_history", "show_live_view"]


_TICK_SECONDS = 1.0
_FIRST_TICK_SECONDS = 0.3
_PREVIEW_TICK_SECONDS = 0.5
_TOASTS = {
    "pause": N_("Pausing …"),
    "resume": N_("Resuming …"),
    "restart": N_("Resuming …"),
    "stop": N_("Stopping …"),
}


def show_live_view(run: RunFolder) -> None:
    """Everything about the run, repeated about once a second while it is active."""
    pace = _pace(run)

    def tick() -> None:
        with show_errors(), get_audience().tick():
            _show(run, run.status())
            if _pace(run, pace) != pace:
                st.rerun()  # the whole page: it changes or ends the ticking, and shows what comes next

    st.fragment(tick, run_every=pace)()


def _pace(run: RunFolder, present: float | None = None) -> float | None:
    """Seconds between two ticks: few until the first point is there, more where many watch, none when nothing happens any more."""
    if not run.status().is_active:
        return None
    wanted = _FIRST_TICK_SECONDS
    with suppress(NNLabError):  # the tick itself shows what ails the file
        if get_history(run).train.epoch:
            wanted = _PREVIEW_TICK_SECONDS if has_previews(describe_run_labels(run)) else _TICK_SECONDS
    return get_audience().pace(get_viewer(), wanted, present)


def _show(run: RunFolder, status: RunStatus) -> None:
    history, what, evaluation = get_history(run), describe_run_labels(run), _evaluation(run, status)
    with st.container(key="run_status", horizontal=True, vertical_alignment="center"):
        show_badge(status)
        waiting = describe_queue_position(run, status)
        st.markdown(escape_markdown(waiting or _where(status, what)), width="content")
        st.space("stretch")
        _steering(run, status, history, waiting=waiting is not None)
    if status.is_active or 0 < status.progress < 1:
        st.progress(min(status.progress, 1.0), text=_progress_text(status))
    if status.status == "failed":
        st.error(escape_markdown(status.message), icon=":material/error:")
    elif status.status == "finished":
        _what_next(run, status, what, evaluation)
    elif status.status == "interrupted":
        st.warning(
            _("The process of this run ended before it was done. Resume goes on from where it was last saved."),
            icon=":material/warning:",
        )
    if status.message and status.status != "failed":
        st.info(escape_markdown(status.message), icon=":material/info:")
    if history.unreadable:
        st.caption(
            _("Damaged lines of metrics.jsonl, which are left out of the curves: {count:,}.").format(
                count=history.unreadable
            )
        )
    result = get_headline(what, status, history.validation, evaluation)
    _figures(status, history, what, result)
    picture, curves = (
        st.columns([5, 6]) if has_previews(what) and what.kind == "points" else (st.container(), st.container())
    )
    with picture:
        show_previews(run, what)
    pins = read_pins_of_run(run)
    with curves, st.container(key="live_charts"):
        draw_live_chart(
            get_curves(history, pins),
            run=run.name,
            generation=history.generation,
            epochs=status.epochs,
            key=f"chart-{run.name}",
            accuracy=what.goal == "classify",
        )
    describe_pins(pins, history, active=status.is_active)
    if status.device:
        parameters = _(" · {count:,} parameters").format(count=status.parameters) if status.parameters else ""
        st.caption(escape_markdown(status.device + parameters))
    show_speeds(status.ranks)
    announce_run(run, status, history.validation, result)


def get_curves(history: History, pins: Sequence[Pin] = ()) -> Curves:
    """pins: the drawings that have a curve of their own."""
    train, validation = history.train, history.validation
    pinned = [(pin, history.pinned.get(pin.id, PinnedCurve())) for pin in pins]
    return Curves(
        train.epoch,
        train.loss,
        train.accuracy,
        validation.epoch,
        validation.loss,
        validation.accuracy,
        history.turns,
        [PinnedLine(pin.id, pin.name, curve.epoch, curve.share) for pin, curve in pinned],
    )


def _evaluation(run: RunFolder, status: RunStatus) -> dict[str, Any] | None:
    """That of the network that the run ended with; None while the run goes on, and where it was not tested."""
    if status.is_active:
        return None
    with suppress(DamagedRun):  # the Evaluate page says so, and measures it again
        return run.evaluation_of(status)
    return None


def _what_next(run: RunFolder, status: RunStatus, what: About, evaluation: dict[str, Any] | None) -> None:
    """The result in a sentence, and where to go from here."""
    with st.container(border=True, key="what_next", horizontal=True, vertical_alignment="center"):
        st.markdown(describe_result(what, status, evaluation), width="content")
        st.space("stretch")
        for step in (see_mistakes(run), try_it(run)):
            if step:
                show_step_link(step)
    if status.ended_early:
        st.caption(escape_markdown(status.ended_early))


def get_history(run: RunFolder) -> History:
    """The curves as they are now, read once for all who watch; a bar shows how far that is where it takes a while."""
    bars: list[DeltaGenerator] = []

    def told(share: float) -> None:
        text = _("Reading the curves …")
        bars[0].progress(share, text=text) if bars else bars.append(st.progress(share, text=text))

    history = cache.get_histories().read(run, told)
    for bar in bars:
        bar.empty()
    return history


def _where(status: RunStatus, what: About) -> str:
    """What the run is doing, in a few words."""
    doing = {
        "starting": _("Starting PyTorch …"),
        "downloading": _("Downloading the data …"),
        "evaluating": what.testing,
    }
    if status.is_active and status.activity in doing:
        return doing[status.activity]
    epoch = min(status.epochs_done + 1, status.epochs) if status.is_active else status.epochs_done
    return _("Epoch {epoch} of {epochs} · {progress}").format(
        epoch=epoch, epochs=status.epochs, progress=format_percent(status.progress, 0)
    )


def _progress_text(status: RunStatus) -> str:
    spent = _("{time} so far").format(time=format_duration(status.elapsed_seconds))
    if status.status != "running" or status.activity != "training" or status.remaining_seconds is None:
        return spent
    return _("{spent}, about {left} left").format(spent=spent, left=format_duration(status.remaining_seconds))


def _figures(status: RunStatus, history: History, what: About, result: Figure) -> None:
    """The result as a large figure, with smaller ones beside it."""
    train, rate = history.train, status.samples_per_second
    others = []
    validation = get_validation_figure(what, status, history.validation)
    if validation != result:
        others.append(validation)
    if what.goal == "classify":
        accuracy = format_percent(train.accuracy[-1]) if train.accuracy else UNKNOWN
        others.append(Figure(_("Training accuracy (last batches)"), accuracy, what.training_help))
    others.append(
        Figure(
            _("Training loss (last batches)"), f"{train.loss[-1]:.4f}" if train.loss else UNKNOWN, what.training_help
        )
    )
    others.append(Figure(what.per_second, f"{rate:,.0f}" if rate else UNKNOWN, _("How fast it trains.")))
    with st.container(key="figures_of_run"):
        places = st.columns([1.6, *(1 for _each in others)])
        with places[0], st.container(key="headline"):
            st.metric(result.label, result.value, border=True, help=result.help)
        for place, figure in zip(places[1:], others, strict=True):
            place.metric(figure.label, figure.value, border=True, help=figure.help)


def _steering(run: RunFolder, status: RunStatus, history: History, *, waiting: bool) -> None:
    """Only what can be done now. A click is obeyed between two batches, and the next tick shows it."""
    if not can_change() or run.is_shipped:
        return
    if waiting:
        _button(run, "stop", _("Cancel"), ":material/close:")
        return
    if status.is_active:
        show_learning_rate(run, history)
    match status.status:
        case "running" | "queued":
            _button(run, "pause", _("Pause"), ":material/pause:")
            _button(run, "stop", _("Stop"), ":material/stop:")
        case "paused":
            _button(run, "resume", _("Resume"), ":material/play_arrow:")
            _button(run, "stop", _("Stop"), ":material/stop:")
        case "stopped" | "interrupted" | "failed":
            _button(run, "restart", _("Resume"), ":material/play_arrow:")


def _button(run: RunFolder, action: str, label: str, icon: str) -> None:
    """Pause and Resume are one button that changes its label, so that it keeps the keyboard's focus."""

    def act() -> None:
        try:
            if action == "restart":
                go_on(run)
            else:
                send_request(run, action)  # type: ignore[arg-type]
        except NNLabError as error:
            st.toast(escape_markdown(str(error)), icon=":material/error:")

    key = "stop_training" if action == "stop" else "pause_training"
    if st.button(label, key=key, icon=icon, on_click=act):
        st.toast(_(_TOASTS[action]))
