"""What `status.json` says of a run."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

__all__ = ["ACTIVE", "Best", "Rank", "RunStatus", "Word"]

Word = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE: frozenset[Word] = frozenset({"queued", "running", "paused"})
"""A process works on the run, or is about to."""


class Best(BaseModel):
    """The checkpoint with the highest validation accuracy (a share, 0 to 1), or with the lowest loss where the network does
    not classify, and accuracy is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    step: int
    accuracy: float | None = None
    loss: float


class Rank(BaseModel):
    """One of the processes that share a run: what it computes on, how fast, and the share of the time, from 0 to 1, in which it
    waits for the others."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device: str
    name: str = ""
    samples_per_second: float
    waiting: float


class RunStatus(BaseModel):
    """`interrupted` is never written: it is what a reader sees when an active run has no living process."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Word
    created_at: str
    """ISO 8601, with the zone."""
    updated_at: str
    activity: Literal["starting", "downloading", "training", "evaluating"] = "starting"
    message: str = ""
    """Why the run failed, or what else its owner should know, in a sentence for the user."""
    ended_early: str = ""
    """Why the run finished before its last epoch, in a sentence for the user."""
    pid: int | None = None
    device: str = ""
    parameters: int | None = None
    step: int = 0
    steps: int = 0
    epochs_done: int = 0
    epochs: int = 0
    elapsed_seconds: float = 0.0
    """Spent training, without pauses and interruptions."""
    remaining_seconds: float | None = None
    samples_per_second: float | None = None
    ranks: list[Rank] = []
    """Where several processes share the run, in order."""
    best: Best | None = None
    learning_rate: float | None = None
    """Before the schedule: the config's, or what it was turned to since."""

    @field_validator("created_at", "updated_at")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError("the zone is missing")
        return text

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0
