"""The state of a session and of a checkpoint: the one declaration that saving, resuming and importing share."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from torch import Tensor

from nn_core.runs.status import Best

__all__ = ["CheckpointState", "OptimizerState", "SessionState"]

Weights = dict[str, Tensor]


def _must_be_a_list(value: Any) -> Any:
    """pydantic takes anything iterable for a list or tuple: a tensor would come apart into as many tensors as it has numbers."""
    if not isinstance(value, list | tuple):
        raise ValueError("not a list")
    return value


_Listed = BeforeValidator(_must_be_a_list)
_Count = Annotated[int, Field(strict=True, ge=0)]


class OptimizerState(BaseModel):
    """What torch's `Optimizer.state_dict()` returns, for any optimizer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: dict[int, dict[str, Any]]
    param_groups: Annotated[list[dict[str, Any]], _Listed]


class SessionState(BaseModel):
    """Everything that `TrainState.restore` reads. A key with a default is one that older versions did not write.

    Attributes:
        model: Weights that are trained.
        optimizer: Moments and parameter groups.
        random: State of torch's random number generators, by device type.
        position: Completed epochs, completed batches of the current epoch, completed steps in all.
        pending: Samples, summed loss and correct answers since figures were last written.
        best: The best epoch so far.
        best_weights: Its weights.
        average: Weights of the exponential moving average, where one is kept.
        schedule: Name of the learning rate schedule, and what it has noted.
        rates: Base learning rate, the config's learning rate at that time, learning rate of the last step.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    model: Weights
    optimizer: OptimizerState
    random: Weights
    position: Annotated[tuple[_Count, _Count, _Count], _Listed]
    pending: Annotated[tuple[_Count, float, _Count], _Listed]
    best: Best | None
    best_weights: Weights | None
    average: Weights | None = None
    schedule: Annotated[tuple[str, dict[str, float]], _Listed] = ("", {})
    rates: Annotated[tuple[float, float | None, float], _Listed] = (0.0, None, 0.0)

    @classmethod
    def of(cls, values: Any) -> Self:
        """Reads what `as_dict` wrote. Raises ValueError where a key is missing or holds something else."""
        return cls.model_validate(values)

    def as_dict(self) -> dict[str, Any]:
        """Tensors and plain values, as `torch.load(…, weights_only=True)` reads them."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields}

    def networks(self) -> list[Weights]:
        """Every set of weights in it that belongs to the whole network."""
        return [weights for weights in (self.model, self.average, self.best_weights) if weights]


class CheckpointState(SessionState):
    """What `last.state` holds.

    Attributes:
        metrics_size: Bytes of metrics.jsonl that belong to this state.
        elapsed_seconds: Time spent training, without pauses.
    """

    metrics_size: _Count
    elapsed_seconds: float


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
