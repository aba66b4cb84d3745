"""What is said aloud of a run: its start, about every tenth of it, and its end."""

from contextlib import suppress

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from ui import cached
from ui.announcer import announce
from ui.queue import place_in_words
from ui.text import percent

__all__ = ["announce_run"]

_PARTS = 10


def announce_run(run: RunFolder, status: RunStatus) -> None:
    """Call it at every look at the run."""
    event, text = _news(run, status)
    announce(text, subject=f"run_{run.name}", event=event, quiet_at_first=not status.active)


def _news(run: RunFolder, status: RunStatus) -> tuple[str, str]:
    """What tells this news from the last, and the sentence; an empty one where an alert on the page says it."""
    match status.status:
        case "failed" | "interrupted":
            return status.status, ""
        case "finished":
            return status.status, _("{run} has finished. {figures}").format(run=run.name, figures=_figures(run)).strip()
        case "paused":
            return status.status, _("{run} is paused.").format(run=run.name)
        case "stopped":
            return status.status, _("{run} has stopped. {figures}").format(run=run.name, figures=_figures(run)).strip()
    if waiting := place_in_words(run, status):
        return waiting, waiting
    part = min(int(_PARTS * status.progress), _PARTS - 1)  # all of it is done once the test split is measured too
    if part == 0:
        return "0", _("{run} has started.").format(run=run.name)
    done = _("{share} done. {figures}").format(share=percent(part / _PARTS, 0), figures=_figures(run))
    return str(part), done.strip()


def _figures(run: RunFolder) -> str:
    """How well it does by now, or did in the end."""
    with suppress(NNLabError):  # the page says what ails a file
        validation = cached.histories().read(run).validation
        if validation.accuracy:
            return _("Validation accuracy {accuracy}.").format(accuracy=percent(validation.accuracy[-1]))
        if validation.loss:
            return _("Validation loss {loss}.").format(loss=f"{validation.loss[-1]:.4f}")
    return ""
