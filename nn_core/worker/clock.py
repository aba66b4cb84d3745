"""Times a training: seconds spent so far, seconds left, samples per second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from nn_core.training.session import Session

__all__ = ["Clock"]

_WINDOW_SECONDS = 5.0  # the samples per second are those of this long ago until now


class Clock:
    """elapsed_before: seconds spent before this process took over."""

    def __init__(self, elapsed_before: float, session: Session) -> None:
        self.session = session
        self.started_at = time.monotonic() - elapsed_before
        self.stands_since: float | None = None
        self.marks = [(time.monotonic(), session.step)]

    def elapsed(self) -> float:
        return self._now() - self.started_at

    def rate(self) -> float | None:
        """Samples per second over the last seconds; None before the second step."""
        now, step = self._now(), self.session.step
        if now - self.marks[-1][0] >= 1:
            self.marks.append((now, step))
            self.marks = [mark for mark in self.marks if now - mark[0] <= _WINDOW_SECONDS] or self.marks[-1:]
        since, step_then = self.marks[0]
        if step <= step_then or now <= since:
            return None
        return round(self._samples(step - step_then) / (now - since), 1)

    def average(self) -> float | None:
        """Samples per second over the whole training."""
        return round(self._samples(self.session.step) / self.elapsed(), 1) if self.session.step else None

    def remaining(self) -> float | None:
        rate = self.rate()
        return round(self._samples(self.session.steps - self.session.step) / rate, 1) if rate else None

    @contextmanager
    def standing(self) -> Iterator[None]:
        """The time spent inside does not count."""
        self.stands_since = since = time.monotonic()
        yield
        self.stands_since = None
        self.started_at += time.monotonic() - since
        self.marks = [(time.monotonic(), self.session.step)]

    def _now(self) -> float:
        return time.monotonic() if self.stands_since is None else self.stands_since

    def _samples(self, steps: int) -> float:
        return steps * len(self.session.train_rows) / self.session.batches
