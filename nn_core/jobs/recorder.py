"""Writes what the folder of a run says about it: status.json with the times, metrics.jsonl and the checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict

from nn_core.devices import describe_device
from nn_core.distributed.leader import Leader
from nn_core.runs import RunFolder, RunStatus, append_metrics
from nn_core.training.callbacks import Callback
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import Epoch, Metrics, Step
from nn_core.training.state import TrainState

__all__ = ["Clock", "Recorder", "StatusWriter"]

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


class StatusWriter:
    """Writes status.json while a run is set up.

    Attributes:
        run: The run's folder.
        status: The status as it was written last.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.status: RunStatus = run.status()

    def update_status(self, **changes: object) -> None:
        """Replace status.json."""
        self.status = self.status.model_copy(update=changes)
        self.run.write_status(self.status)

    def record_failure(self, message: str) -> None:
        """Write that the run has failed. The caller still reports the error."""
        # The disk or the device may be what failed.
        with suppress(OSError):
            self.update_status(status="failed", message=message, remaining_seconds=None, device=self.status.device)


class Recorder(StatusWriter, Callback):
    """Writes the metrics, the status and the checkpoints of a run that trains."""

    def __init__(self, writer: StatusWriter, state: TrainState, clock: Clock, leader: Leader) -> None:
        """writer: the one that was used while the run was set up."""
        self.run, self.status = writer.run, writer.status
        self._state = state
        self._clock = clock
        self._leader = leader
        self._unwritten: list[Mapping[str, object]] = []

    def on_step(self, state: TrainState, step: Step) -> None:
        if step.metrics:
            self._add_metrics("train", step.metrics, samples_per_second=_round(self._clock.measure_throughput()))

    def on_epoch(self, state: TrainState, epoch: Epoch) -> None:
        self._add_metrics("validation", epoch.validation)

    def _add_metrics(self, kind: str, metrics: Metrics, **values: object) -> None:
        elapsed = round(self._clock.get_elapsed(), 3)
        figures = {name: value for name, value in asdict(metrics).items() if value is not None or name != "r_squared"}
        self.add_line({"kind": kind, **figures, "elapsed_seconds": elapsed, **values})

    def add_line(self, line: Mapping[str, object]) -> None:
        """Add a line to metrics.jsonl at the next `flush`."""
        self._unwritten.append(line)

    def flush(self) -> None:
        """Write the lines that were added. Raises OSError."""
        if self._unwritten:
            append_metrics(self.run.metrics_file, self._unwritten)
            self._unwritten = []

    def save(self) -> None:
        """Write a checkpoint, and the lines that belong to it. Raises OSError, Diverged."""
        self.flush()
        file = self.run.metrics_file
        metrics_size = file.stat().st_size if file.exists() else 0
        save_checkpoint(self.run, self._state, metrics_size=metrics_size, elapsed_seconds=self._clock.get_elapsed())

    def update_status(self, **changes: object) -> None:
        """Replace status.json, with the current progress."""
        state, clock = self._state, self._clock
        progress = {
            # With the memory in use now. Skipped where the device is given, because a failed one may not answer.
            "device": changes.get("device") or str(describe_device(state.device)),
            "step": state.step,
            "steps": state.total_steps,
            "epochs_done": state.epoch,
            "epochs": state.config.training.epochs,
            "elapsed_seconds": round(clock.get_elapsed(), 3),
            "remaining_seconds": clock.estimate_remaining(),
            "samples_per_second": _round(clock.measure_throughput() or clock.get_average_throughput()),
            "ranks": self._leader.ranks,
            "best": state.best,
            "learning_rate": state.base_lr,
        }
        super().update_status(**{**progress, **changes})

    def record_failure(self, message: str) -> None:
        with suppress(OSError):
            self.flush()
        super().record_failure(message)


def _round(throughput: float | None) -> float | None:
    return None if throughput is None else round(throughput, 1)
