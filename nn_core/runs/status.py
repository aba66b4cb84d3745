"""The contents of `status.json`, and how they are recovered from the run's other files if it is damaged or missing.

Needs no torch.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nn_core.i18n import _
from nn_core.runs.weights import read_weights_metadata

if TYPE_CHECKING:
    from nn_core.runs.folder import RunFolder

__all__ = ["ACTIVE", "Best", "Rank", "RunState", "RunStatus", "recover_status"]

_TAIL_BYTES = 1 << 16

RunState = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE: frozenset[RunState] = frozenset({"queued", "running", "paused"})
"""States in which a process works on the run, or will soon."""


class Best(BaseModel):
    """The epoch with the highest validation accuracy (0 to 1), or with the lowest loss for a network that does not classify, whose
    accuracy is None. score: the accuracy with class weights, by which the epoch was chosen if the run has them. r_squared: for a
    regression, the share of the variance of the values that is explained, at most 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    step: int
    accuracy: float | None = None
    loss: float
    score: float | None = Field(default=None, ge=0, le=1)
    r_squared: float | None = Field(default=None, le=1)


class Rank(BaseModel):
    """One of the processes that share a run: its device, its speed, and the fraction of the time (0 to 1) in which it waits for the
    other processes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device: str
    name: str = ""
    samples_per_second: float
    waiting: float


class RunStatus(BaseModel):
    """What a run does and how far it is. `interrupted` is never written: readers see it when an active run has no living process."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: RunState
    created_at: str
    """ISO 8601, with the zone."""
    updated_at: str
    activity: Literal["starting", "downloading", "training", "evaluating"] = "starting"
    message: str = ""
    """Why the run failed, or another message for the user."""
    ended_early: str = ""
    """Why the run finished before its last epoch, as a message for the user."""
    pid: int | None = None
    device: str = ""
    parameters: int | None = None
    step: int = 0
    steps: int = 0
    epochs_done: int = 0
    epochs: int = 0
    elapsed_seconds: float = 0.0
    """Time spent training, without pauses and interruptions."""
    remaining_seconds: float | None = None
    samples_per_second: float | None = None
    ranks: list[Rank] = []
    """The processes that share the run, in order; empty for a single process."""
    best: Best | None = None
    learning_rate: float | None = None
    """Before the schedule: the config's, or the one requested since."""
    preset: str = ""
    """The preset from which the settings were made; "" if there was none, or an older version started the run."""

    @field_validator("created_at", "updated_at")
    @classmethod
    def _check_time(cls, text: str) -> str:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError("the zone is missing")
        return text

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def has_imported_weights(self) -> bool:
        """Whether the network was not trained by this run: its weights were imported."""
        return self.status == "finished" and self.epochs_done == 0

    @property
    def progress(self) -> float:
        """Fraction of the steps that are done, from 0 to 1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0


def recover_status(run: RunFolder, reason: str) -> RunStatus:
    """Return `finished` if the metrics reach the last epoch, otherwise `running`, which readers see as `interrupted`.

    Args:
        reason: What is wrong with status.json, for the message.

    Raises:
        BadInput: The config cannot be read either.
    """
    epochs = run.config().training.epochs
    last = _read_progress(run)
    steps = round(last.step / last.epoch * epochs) if last.epoch else 0
    created_at = datetime.fromtimestamp(run.config_file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return RunStatus(
        status="finished" if last.epoch >= epochs else "running",
        activity="training",
        created_at=created_at,
        updated_at=created_at,
        message=_("{file} {reason}: the status was recovered from the run's other files.").format(
            file=run.status_file.name, reason=reason
        ),
        step=last.step,
        steps=steps,
        epochs_done=int(last.epoch),
        epochs=epochs,
        elapsed_seconds=last.elapsed_seconds,
        best=_recover_best(run, steps / epochs),
    )


class _Progress(BaseModel):
    """A line of metrics.jsonl."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)
    elapsed_seconds: float = Field(ge=0)


def _read_progress(run: RunFolder) -> _Progress:
    """Read the last line of metrics.jsonl that has a step, an epoch and a time."""
    with suppress(OSError), run.metrics_file.open("rb") as stream:
        stream.seek(max(0, run.metrics_file.stat().st_size - _TAIL_BYTES))
        for line in reversed(stream.read().splitlines()):
            with suppress(ValidationError):
                return _Progress.model_validate_json(line)
    return _Progress(step=0, epoch=0, elapsed_seconds=0)


def _recover_best(run: RunFolder, steps_per_epoch: float) -> Best | None:
    match read_weights_metadata(run.best_weights):
        case {"step": int(step), "validation": dict(validation), **others}:
            computed = round(step / steps_per_epoch) if steps_per_epoch else None
            epoch = others.get("epoch") or computed  # older versions wrote no epoch
            with suppress(ValidationError):
                return Best.model_validate({"epoch": epoch, "step": step, **validation})
    return None
