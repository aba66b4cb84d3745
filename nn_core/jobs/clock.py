"""Times a training: seconds spent so far, seconds left, samples per second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nn_core.training.state import TrainState

__all__ = ["Clock"]

_WINDOW_SECONDS = 5.0  # the throughput is measured over this time
_MIN_MEASURED_SECONDS = 1.0  # before the measured throughput is used to estimate the remaining time


class Clock:
    """Measures the time of a training, without pauses.

    Args:
        elapsed_before: Seconds that earlier processes spent on this run.
        time_now: A clock in seconds, of which only differences matter.
    """

    def __init__(
        self, elapsed_before: float, state: TrainState, time_now: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = state
        self.time_now = time_now
        self.started_at = time_now() - elapsed_before
        self.paused_at: float | None = None
        self._restart_measurement()

    def get_elapsed(self) -> float:
        """Return the seconds spent training."""
        return self._now() - self.started_at

    def _restart_measurement(self) -> None:
        """Measure from the next step on: the first step after a start is slow because torch sets itself up in it."""
        self.first_step = self.state.step
        self.average_before = self.get_average_throughput()
        self.marks: list[tuple[float, int]] = []

    def measure_throughput(self) -> float | None:
        """Return samples per second over the last seconds; None before the second step after a start or a pause."""
        now, step = self._now(), self.state.step
        if not self.marks:
            if step > self.first_step:
                self.marks.append((now, step))
            return None
        if now - self.marks[-1][0] >= 1:
            self.marks.append((now, step))
            recent = [mark for mark in self.marks if now - mark[0] <= _WINDOW_SECONDS]
            self.marks = recent if len(recent) > 1 else self.marks[-2:]  # a step may take longer than the window
        since, step_then = self.marks[0]
        if step <= step_then or now <= since:
            return None
        return self._count_samples(step - step_then) / (now - since)

    def get_average_throughput(self) -> float | None:
        """Return samples per second over the whole training."""
        elapsed = self.get_elapsed()
        return self._count_samples(self.state.step) / elapsed if self.state.step and elapsed > 0 else None

    def estimate_remaining(self) -> float | None:
        """Return the seconds left; None while that cannot be estimated.

        Just after a start or a pause, the estimate uses the average throughput until then.
        """
        throughput = self.measure_throughput()
        if not self.marks or self._now() - self.marks[0][0] < _MIN_MEASURED_SECONDS:
            throughput = self.average_before
        steps_left = self.state.total_steps - self.state.step
        return round(self._count_samples(steps_left) / throughput, 1) if throughput else None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time spent inside."""
        self.paused_at = since = self.time_now()
        yield
        self.paused_at = None
        self.started_at += self.time_now() - since
        self._restart_measurement()

    def _now(self) -> float:
        return self.time_now() if self.paused_at is None else self.paused_at

    def _count_samples(self, steps: int) -> float:
        return steps * len(self.state.train_rows) / self.state.batches_per_epoch
