"""The contents of a checkpoint: the one declaration that saving, resuming and importing share."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from torch import Tensor

from nn_core.runs.status import Best

__all__ = ["Checkpoint", "LoadedCheckpoint", "OptimizerState", "SavedState"]

Weights = dict[str, Tensor]


def _check_list(value: object) -> object:
    """Reject other iterables, which pydantic accepts as lists and tuples: a tensor would become one tensor per number."""
    if not isinstance(value, list | tuple):
        raise ValueError("not a list")
    return value


_IsList = BeforeValidator(_check_list)
_Count = Annotated[int, Field(strict=True, ge=0)]


class OptimizerState(BaseModel):
    """What torch's `Optimizer.state_dict()` returns, for any optimizer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: dict[int, dict[str, object]]
    param_groups: Annotated[list[dict[str, object]], _IsList]


class SavedState(BaseModel):
    """Everything that `TrainState.restore` needs. Older versions did not write the keys that have a default.

    Attributes:
        model: Weights that are trained, by parameter name.
        optimizer: Moments and parameter groups.
        random: State of torch's random number generators, by device type.
        position: Completed epochs, completed batches of the current epoch, completed steps of the run.
        pending: Samples, summed loss and correct answers (or squared errors) since metrics were last written.
        best: The best epoch so far.
        best_weights: Its weights.
        average: Weights of the exponential moving average, if there is one.
        schedule: Name of the learning rate schedule, and its state.
        rates: Base learning rate, the config's learning rate at that time, the learning rate of the last step.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    model: Weights
    optimizer: OptimizerState
    random: Weights
    position: Annotated[tuple[_Count, _Count, _Count], _IsList]
    pending: Annotated[tuple[_Count, float, _Count | Annotated[float, Field(ge=0)]], _IsList]
    best: Best | None
    best_weights: Weights | None
    average: Weights | None = None
    schedule: Annotated[tuple[str, dict[str, float]], _IsList] = ("", {})
    rates: Annotated[tuple[float, float | None, float], _IsList] = (0.0, None, 0.0)

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Read what `as_dict` returned. Raises ValueError where a key is missing or has the wrong type."""
        return cls.model_validate(values)

    def as_dict(self) -> dict[str, object]:
        """Return tensors and plain values only, which `torch.load(…, weights_only=True)` can read."""
        return {name: _to_plain(getattr(self, name)) for name in type(self).model_fields}

    def list_networks(self) -> list[Weights]:
        """List every complete set of the network's weights in this state."""
        return [weights for weights in (self.model, self.average, self.best_weights) if weights]


class Checkpoint(SavedState):
    """The contents of `last.state`.

    Attributes:
        metrics_size: Bytes of metrics.jsonl that belong to this state.
        elapsed_seconds: Time spent training, without pauses.
    """

    metrics_size: _Count
    elapsed_seconds: float


class LoadedCheckpoint(Checkpoint):
    """A checkpoint that was read from a run folder. is_previous: whether it is the one before the last, which is damaged."""

    is_previous: bool


def _to_plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
