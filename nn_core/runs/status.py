"""The contents of `status.json`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

__all__ = ["ACTIVE", "Best", "Rank", "RunState", "RunStatus"]

RunState = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE: frozenset[RunState] = frozenset({"queued", "running", "paused"})
"""States in which a process works on the run, or will soon."""


class Best(BaseModel):
    """The epoch with the highest validation accuracy (0 to 1), or with the lowest loss for a network that does not classify, whose
    accuracy is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    step: int
    accuracy: float | None = None
    loss: float


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
    def progress(self) -> float:
        """Fraction of the steps that are done, from 0 to 1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0
