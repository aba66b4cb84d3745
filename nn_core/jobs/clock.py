"""Times a training: seconds spent so far, seconds left, samples per second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nn_core.training.state import TrainState

__all__ = ["Clock"]

_WINDOW_SECONDS = 5.0  # the samples per second are those of this long ago until now
_SETTLED_SECONDS = 1.0  # of measuring, before the speed is used to estimate the remaining time


class Clock:
    """elapsed_before: seconds spent before this process took over; time_now: seconds, of which only differences count."""

    def __init__(
        self, elapsed_before: float, session: TrainState, time_now: Callable[[], float] = time.monotonic
    ) -> None:
        self.session = session
        self.time_now = time_now
        self.started_at = time_now() - elapsed_before
        self.stands_since: float | None = None
        self._begin()

    def elapsed(self) -> float:
        return self._now() - self.started_at

    def _begin(self) -> None:
        """Measure the speed from the next step on: the first one after a start is slow, since torch sets itself up in it."""
        self.first_step = self.session.step
        self.average_before = self._average()
        self.marks: list[tuple[float, int]] = []

    def rate(self) -> float | None:
        """Samples per second over the last seconds; None before the second step since the start, or since a pause."""
        rate = self._rate()
        return None if rate is None else round(rate, 1)

    def _rate(self) -> float | None:
        now, step = self._now(), self.session.step
        if not self.marks:
            if step > self.first_step:
                self.marks.append((now, step))
            return None
        if now - self.marks[-1][0] >= 1:
            self.marks.append((now, step))
            recent = [mark for mark in self.marks if now - mark[0] <= _WINDOW_SECONDS]
            self.marks = recent if len(recent) > 1 else self.marks[-2:]  # a step may take longer than that
        since, step_then = self.marks[0]
        if step <= step_then or now <= since:
            return None
        return self._samples(step - step_then) / (now - since)

    def average(self) -> float | None:
        """Samples per second over the whole training."""
        average = self._average()
        return None if average is None else round(average, 1)

    def _average(self) -> float | None:
        elapsed = self.elapsed()
        return self._samples(self.session.step) / elapsed if self.session.step and elapsed > 0 else None

    def remaining(self) -> float | None:
        """Seconds; None while that cannot be estimated. Just after a start or a pause the speed is the average until then."""
        rate = self._rate()
        if not self.marks or self._now() - self.marks[0][0] < _SETTLED_SECONDS:
            rate = self.average_before
        return round(self._samples(self.session.steps - self.session.step) / rate, 1) if rate else None

    @contextmanager
    def standing(self) -> Iterator[None]:
        """The time spent inside does not count."""
        self.stands_since = since = self.time_now()
        yield
        self.stands_since = None
        self.started_at += self.time_now() - since
        self._begin()

    def _now(self) -> float:
        return self.time_now() if self.stands_since is None else self.stands_since

    def _samples(self, steps: int) -> float:
        return steps * len(self.session.train_rows) / self.session.batches
