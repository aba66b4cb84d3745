"""What `status.json` says of a run."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["ACTIVE", "Best", "RunStatus", "Word"]

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


class RunStatus(BaseModel):
    """`interrupted` is never written: it is what a reader sees when an active run has no living process."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Word
    created_at: str
    """ISO 8601, with the zone."""
    updated_at: str
    activity: Literal["starting", "downloading", "training", "evaluating"] = "starting"
    message: str = ""
    """Why the run failed, in a sentence for the user."""
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
    best: Best | None = None
    learning_rate: float | None = None
    """Before the schedule: the config's, or what it was turned to since."""

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0
