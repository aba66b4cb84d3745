"""Writes the live views of a run (`nn_core.jobs.previews`) while it trains: a few times a second, in a small share of the time."""

import time
from collections import deque
from contextlib import suppress

from nn_core.jobs.previews import list_previews, make_previews, write_preview
from nn_core.runs import RunFolder
from nn_core.training.state import TrainState

__all__ = ["Previews"]

_LEAST_SECONDS = 0.25
_COSTS_KEPT = 3


class Previews:
    """Writes them for one run, when it is time. Training goes on as if nobody had looked: see `make_previews`.

    share: of the time of a training that they may take.
    """

    def __init__(self, run: RunFolder, session: TrainState, share: float = 0.02) -> None:
        self.run = run
        self.share = share
        self.session = session
        self.count = 0
        self._written_at_step = -1
        self._costs = deque[float](maxlen=_COSTS_KEPT)
        self._next = 0.0 if list_previews(session.goal, session.spec.kind) else float("inf")

    def is_due(self) -> bool:
        """Whether `look` would write one now."""
        return time.monotonic() >= self._next

    def look(self) -> None:
        """Called after every step: writes one if it is time. So much time passes between two that they take no more than
        their share."""
        if not self.is_due():
            return
        begun = time.monotonic()
        self.write()
        now = time.monotonic()
        # The first one includes one-off costs, and a busy machine can stall any of them: neither says what the next will take.
        if self.count > 1:
            self._costs.append(now - begun)
        pause = min(self._costs) / self.share if self._costs else 0.0
        self._next = now + max(_LEAST_SECONDS, pause)

    def write(self) -> None:
        """Write one now, unless nothing was learned since the last. It is not worth a run: a full disk is ignored here."""
        if self._written_at_step == self.session.step:
            return
        self._written_at_step = self.session.step
        if previews := make_previews(self.session):
            with suppress(OSError):
                for preview in previews:
                    write_preview(self.run, preview)
            self.count += 1
