"""The state of a run on its page, as text and figures, and as announcements for screen readers."""

import streamlit as st

from nn_core.formatting import format_duration, format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from nn_core.runs.status import Rank
from ui.app.run_labels import (
    UNKNOWN,
    Figure,
    RunLabels,
    describe_queue_position,
    format_r_squared,
    get_validation_figure,
)
from ui.app.text import escape_markdown
from ui.components.announcer import announce

__all__ = ["announce_run", "describe_activity", "describe_time", "show_figures", "show_speeds"]

_TENTHS = 10


def describe_activity(status: RunStatus, labels: RunLabels) -> str:
    """Say in a few words what the run is doing."""
    activities = {
        "starting": _("Starting PyTorch …"),
        "downloading": _("Downloading the data …"),
        "evaluating": labels.testing,
    }
    if status.is_active and status.activity in activities:
        return activities[status.activity]
    if status.has_imported_weights:
        return _("Imported weights")
    epoch = min(status.epochs_done + 1, status.epochs) if status.is_active else status.epochs_done
    return _("Epoch {epoch} of {epochs} · {progress}").format(
        epoch=epoch, epochs=status.epochs, progress=format_percent(status.progress, 0)
    )


def describe_time(status: RunStatus) -> str:
    elapsed = _("{time} so far").format(time=format_duration(status.elapsed_seconds))
    if status.status != "running" or status.activity != "training" or status.remaining_seconds is None:
        return elapsed
    return _("{elapsed}, about {left} left").format(elapsed=elapsed, left=format_duration(status.remaining_seconds))


def show_figures(status: RunStatus, history: History, labels: RunLabels, result: Figure) -> None:
    """Show the result as a large figure, followed by smaller ones."""
    train, rate = history.train, status.samples_per_second
    figures = []
    validation = get_validation_figure(labels, status, history.validation)
    if validation != result:
        figures.append(validation)
    if labels.goal == "classify":
        accuracy = format_percent(train.accuracy[-1]) if train.accuracy else UNKNOWN
        figures.append(Figure(_("Training accuracy (last point)"), accuracy, labels.training_help))
    if labels.goal == "regress":
        r_squared = format_r_squared(train.r_squared[-1] if train.r_squared else None)
        figures.append(Figure(_("Training R² (last point)"), r_squared, labels.training_help))
    figures.append(
        Figure(
            _("Training loss (last point)"),
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


def show_speeds(ranks: list[Rank]) -> None:
    """Show a line for each process of a distributed run; nothing for a run with one process."""
    if len(ranks) < 2:
        return
    line = _(
        "Device {number} ({device}): {speed:,.0f} examples per second, waiting for the others {fraction} of the time"
    )
    lines = [
        line.format(
            number=number,
            device=" · ".join(filter(None, [rank.device, rank.name])),
            speed=rank.samples_per_second,
            fraction=format_percent(rank.waiting, 0),
        )
        for number, rank in enumerate(ranks, start=1)
    ]
    with st.container(key="speeds", gap=None):
        for text in lines:
            st.caption(escape_markdown(text))


def announce_run(run: RunFolder, title: str, status: RunStatus, validation: Curve, result: Figure) -> None:
    """Announce the state of a run. Call this each time the run is shown.

    Args:
        run: the run.
        title: what the page calls it.
        status: of the run.
        validation: the curve so far, announced while the run trains.
        result: the page's large figure, announced at the end.
    """
    event, text = _describe_event(title, status, describe_queue_position(run, status), validation, result)
    announce(text, subject=f"run_{run.name}", event=event, quiet_at_first=not status.is_active)


def _describe_event(
    name: str, status: RunStatus, queue_position: str | None, validation: Curve, result: Figure
) -> tuple[str, str]:
    """Return an identifier of the event and its sentence, which is empty if an alert on the page already announces it."""
    figures = f"{result.label} {result.value}." if result.value != UNKNOWN else ""
    match status.status:
        case "failed" | "interrupted":
            return status.status, ""
        case "finished":
            return status.status, _("{run} has finished. {figures}").format(run=name, figures=figures).strip()
        case "paused":
            return status.status, _("{run} is paused.").format(run=name)
        case "stopped":
            return status.status, _("{run} has stopped. {figures}").format(run=name, figures=figures).strip()
    if queue_position:
        return queue_position, queue_position
    tenth = min(int(_TENTHS * status.progress), _TENTHS - 1)  # the last tenth ends with the test
    if tenth == 0:
        return "0", _("{run} has started.").format(run=name)
    progress = _("{progress} done. {figures}").format(
        progress=format_percent(tenth / _TENTHS, 0), figures=_describe_latest(validation)
    )
    return str(tenth), progress.strip()


def _describe_latest(validation: Curve) -> str:
    if validation.r_squared:
        return _("Validation R² {r_squared}.").format(r_squared=format_r_squared(validation.r_squared[-1]))
    if validation.accuracy:
        return _("Validation accuracy {accuracy}.").format(accuracy=format_percent(validation.accuracy[-1]))
    if validation.loss:
        return _("Validation loss {loss}.").format(loss=format_loss(validation.loss[-1]))
    return ""
