"""A run that waits for its turn, in words."""

from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.queue import place_of

__all__ = ["place_in_words"]


def place_in_words(run: RunFolder, status: RunStatus) -> str | None:
    """Where the run stands among those that wait; None where it does not wait."""
    place = place_of(run.path) if status.status == "queued" else None
    if place is None:
        return None
    if place == 1:
        return _("Next in the queue: it begins by itself when the training before it ends or is paused.")
    return _("Place {place} in the queue: it begins by itself when its turn comes.").format(place=place)
