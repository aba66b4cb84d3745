"""Writes what the folder of a run says about it: status.json, metrics.jsonl and the checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict

from nn_core.devices import describe_device
from nn_core.distributed.leader import Leader
from nn_core.jobs.clock import Clock
from nn_core.runs import RunFolder, RunStatus, append_metrics
from nn_core.training.callbacks import Callback
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import Epoch, Metrics, Step
from nn_core.training.state import TrainState

__all__ = ["Recorder", "StatusWriter"]


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
        self.add_line({"kind": kind, **asdict(metrics), "elapsed_seconds": elapsed, **values})

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
