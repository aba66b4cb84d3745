"""What a screen reader announces of a run: its start, about every tenth of its progress, and its end."""

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from ui.app.run_labels import UNKNOWN, Figure, describe_queue_position
from ui.components.announcer import announce

__all__ = ["announce_run"]

_PARTS = 10


def announce_run(run: RunFolder, status: RunStatus, validation: Curve, result: Figure) -> None:
    """Call it each time the run is shown.

    validation: the curve so far, announced while the run trains; result: the page's large figure, announced at the end.
    """
    event, text = _news(run.name, status, describe_queue_position(run, status), validation, result)
    announce(text, subject=f"run_{run.name}", event=event, quiet_at_first=not status.is_active)


def _news(name: str, status: RunStatus, waiting: str | None, validation: Curve, result: Figure) -> tuple[str, str]:
    """What distinguishes this event from the one before, and its sentence, which is empty where an alert on the page says it."""
    reached = f"{result.label} {result.value}." if result.value != UNKNOWN else ""
    match status.status:
        case "failed" | "interrupted":
            return status.status, ""
        case "finished":
            return status.status, _("{run} has finished. {figures}").format(run=name, figures=reached).strip()
        case "paused":
            return status.status, _("{run} is paused.").format(run=name)
        case "stopped":
            return status.status, _("{run} has stopped. {figures}").format(run=name, figures=reached).strip()
    if waiting:
        return waiting, waiting
    part = min(int(_PARTS * status.progress), _PARTS - 1)  # the last part ends only when the test does
    if part == 0:
        return "0", _("{run} has started.").format(run=name)
    done = _("{share} done. {figures}").format(share=format_percent(part / _PARTS, 0), figures=_latest(validation))
    return str(part), done.strip()


def _latest(validation: Curve) -> str:
    if validation.accuracy:
        return _("Validation accuracy {accuracy}.").format(accuracy=format_percent(validation.accuracy[-1]))
    if validation.loss:
        return _("Validation loss {loss}.").format(loss=f"{validation.loss[-1]:.4f}")
    return ""
