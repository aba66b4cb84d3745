"""Keeps what the folder of a run tells of it: status.json, metrics.jsonl and the checkpoints."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from nn_core.devices import describe_device
from nn_core.distributed.coordinator import Coordinator
from nn_core.jobs.clock import Clock
from nn_core.runs import RunFolder, RunStatus, append_metrics
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import Metrics
from nn_core.training.state import TrainState

__all__ = ["Recorder"]


class Recorder:
    """status: as it was last written."""

    def __init__(self, run: RunFolder) -> None:
        self.status: RunStatus = run.status()
        self._run = run
        self._training: tuple[TrainState, Clock, Coordinator] | None = None
        self._unwritten: list[dict[str, Any]] = []

    def follow(self, session: TrainState, clock: Clock, others: Coordinator) -> None:
        """From here on the status tells the session's present figures, and there is something to save."""
        self._training = session, clock, others

    def figures(self, kind: str, figures: Metrics) -> None:
        """kind: train or validation."""
        assert self._training, "figures come of training"
        _session, clock, _others = self._training
        line = {"kind": kind, **asdict(figures), "elapsed_seconds": round(clock.elapsed(), 3)}
        if kind == "train":
            line["samples_per_second"] = clock.rate()
        self._unwritten.append(line)

    def line(self, line: dict[str, Any] | None) -> None:
        """Of any other kind; None is left out."""
        if line:
            self._unwritten.append(line)

    def flush(self) -> None:
        """Write the lines that wait."""
        if self._unwritten:
            append_metrics(self._run.metrics_file, self._unwritten)
            self._unwritten = []

    def save(self) -> None:
        """A checkpoint, and the lines that belong to it."""
        assert self._training, "there is nothing to save before"
        session, clock, _others = self._training
        self.flush()
        file = self._run.metrics_file
        size = file.stat().st_size if file.exists() else 0
        save_checkpoint(self._run, session, metrics_size=size, elapsed_seconds=clock.elapsed())

    def note(self, **changes: Any) -> None:
        """Replace status.json."""
        self.status = self.status.model_copy(update={**self._present(changes.get("device")), **changes})
        self._run.write_status(self.status)

    def failure(self, message: str) -> None:
        # The disk or the device may be the very thing that failed; the caller still reports the error.
        with suppress(OSError):
            self.flush()
        with suppress(OSError):
            self.note(status="failed", message=message, remaining_seconds=None, device=self.status.device)

    def _present(self, device: str | None) -> dict[str, Any]:
        """What the session says now. device: its description, where it is known, for otherwise it is asked."""
        if self._training is None:
            return {}
        session, clock, others = self._training
        return {
            "device": device or str(describe_device(session.device)),  # with the memory in use now
            "step": session.step,
            "steps": session.steps,
            "epochs_done": session.epoch,
            "epochs": session.config.training.epochs,
            "elapsed_seconds": round(clock.elapsed(), 3),
            "remaining_seconds": clock.remaining(),
            "samples_per_second": clock.rate() or clock.average(),
            "ranks": others.ranks,
            "best": session.best,
            "learning_rate": session.base_rate,
        }
