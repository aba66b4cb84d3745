"""Announces a run to screen readers: its start, each tenth of its progress, and its end."""

from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from ui.app.run_labels import UNKNOWN, Figure, describe_queue_position
from ui.components.announcer import announce

__all__ = ["announce_run"]

_TENTHS = 10


def announce_run(run: RunFolder, status: RunStatus, validation: Curve, result: Figure) -> None:
    """Announce the state of a run. Call this each time the run is shown.

    Args:
        run: the run.
        status: of the run.
        validation: the curve so far, announced while the run trains.
        result: the page's large figure, announced at the end.
    """
    event, text = _describe_event(run.name, status, describe_queue_position(run, status), validation, result)
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
    if validation.accuracy:
        return _("Validation accuracy {accuracy}.").format(accuracy=format_percent(validation.accuracy[-1]))
    if validation.loss:
        return _("Validation loss {loss}.").format(loss=format_loss(validation.loss[-1]))
    return ""
