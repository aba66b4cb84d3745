"""Validates the files of an imported run, except its weights."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor, nn

from nn_core.config import PRESETS, RunConfig
from nn_core.dynamo_workaround import get_plain_step
from nn_core.errors import NNLabError, to_one_line
from nn_core.runs import History, RunStatus
from nn_core.runs.folder import format_now
from nn_core.training.checkpoint import has_valid_checksum
from nn_core.training.optimizers import build_optimizer
from nn_core.training.schedules import build_schedule
from nn_core.training.state_schema import Checkpoint, OptimizerState
from nn_core.transfer.weight_files import load_tensors
from nn_core.transfer.weight_matching import match_weights

__all__ = ["are_drawings_valid", "are_metrics_valid", "is_state_valid", "read_sound_status"]

_LONGEST_TEXT = 300
_MOST = 10**12  # steps
_LONGEST_DRAWING = 1 << 20  # bytes; tens of thousands of points


def read_sound_status(file: Path, config: RunConfig) -> RunStatus:
    """Read status.json and correct what cannot be true: an imported run is not active, times are valid, counts are within bounds."""
    bare = RunStatus(status="stopped", created_at=format_now(), updated_at=format_now(), epochs=config.training.epochs)
    try:
        values = json.loads(file.read_bytes())
        times = {key: _moment(values.get(key)) for key in ("created_at", "updated_at")}
        written = RunStatus.model_validate({**values, **times})
    except (OSError, ValueError, RecursionError, AttributeError, TypeError):
        return bare
    best = written.best
    if best and not (
        math.isfinite(best.loss)
        and math.isfinite(best.r_squared or 0.0)
        and 0 <= (best.accuracy or 0.0) <= 1
        and 0 <= best.step <= _MOST
        and 0 <= best.epoch <= config.training.epochs
    ):
        best = None
    return bare.model_copy(
        update={
            "status": written.status if written.status in ("finished", "failed") else "stopped",
            "created_at": written.created_at,
            "message": to_one_line(written.message, _LONGEST_TEXT),
            "device": to_one_line(written.device, _LONGEST_TEXT),
            "step": min(max(0, written.step), _MOST),
            "steps": min(max(0, written.step, written.steps), _MOST),
            "epochs_done": min(max(0, written.epochs_done), config.training.epochs),
            "elapsed_seconds": _count(written.elapsed_seconds) or 0.0,
            "samples_per_second": _count(written.samples_per_second),
            "best": best,
            "preset": written.preset if written.preset in PRESETS else "",
        }
    )


def _count(number: float | None) -> float | None:
    return number if number is not None and 0 <= number < 1e9 else None


def _moment(text: object) -> str:
    """The time in UTC; now if it is not a time or is in the future."""
    try:
        moment = datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return format_now()
    sensible = datetime(2000, 1, 1, tzinfo=UTC) < moment < datetime.now(UTC)
    return moment.isoformat(timespec="seconds") if sensible else format_now()


def are_metrics_valid(file: Path) -> bool:
    """Whether pages can draw every line: none too long, and numbers, finite, or null."""
    try:
        history = History(file)
        while history.read_block() < 1:
            if history.unreadable:
                return False
        if history.unreadable:
            return False
        with file.open("rb") as stream:
            records = (json.loads(line) for line in stream if line.endswith(b"\n"))
            return all(_is_plain(value) for record in records for value in _values(record))
    except (NNLabError, ValueError, RecursionError, AttributeError, OverflowError):
        return False


def _values(record: Mapping[str, object]) -> Iterator[object]:
    """Those that are to be numbers: all but the kind, and of pinned drawings each one's share."""
    for key, value in record.items():
        if key == "shares" and isinstance(value, dict):
            yield from value.values()
        elif key != "kind":
            yield value


def _is_plain(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))


def are_drawings_valid(file: Path) -> bool:
    """Whether no line is longer than a drawing's may be: read as JSON, it takes fifty times its size."""
    with file.open("rb") as stream:
        while line := stream.readline(_LONGEST_DRAWING + 1):
            if len(line) > _LONGEST_DRAWING:
                return False
    return True


def is_state_valid(file: Path, network: nn.Module, config: RunConfig) -> bool:
    """Whether training can resume from last.state: `TrainState.restore` accepts it, and it fits the network and the config.

    network: may be on torch's `meta` device.
    """
    try:
        if not has_valid_checksum(file):
            return False
        state = Checkpoint.from_dict(load_tensors(file, file.name))
        names = set(network.state_dict())
        for weights in state.list_networks():
            if set(weights) != names:
                return False
            match_weights(weights, network, called=file.name, network="")
        torch.Generator().set_state(state.random["cpu"])
        schedule, noted = state.schedule
        if schedule == config.scheduler.name:
            build_schedule(config.scheduler).restore(noted)
        numbers = (*state.pending[1:], state.elapsed_seconds, *(rate or 0.0 for rate in state.rates))
        return (
            all(math.isfinite(number) for number in numbers)
            and (state.average is not None or not config.training.ema)
            and _optimizer_fits(state.optimizer, network, config)
        )
    except (NNLabError, LookupError, TypeError, ValueError, AttributeError, RuntimeError, OSError):
        return False


def _optimizer_fits(saved: OptimizerState, network: nn.Module, config: RunConfig) -> bool:
    """Whether the config's optimizer could have saved this, compared with its state after one step with the network."""
    optimizer = _after_a_step(network, config)
    expected = optimizer.state_dict()
    # Torch numbers the parameters group by group, which may differ from their order in the network.
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    indices = [group["params"] for group in saved.param_groups]
    return (
        all(isinstance(group, list) for group in indices)
        and indices == [group["params"] for group in expected["param_groups"]]
        and all(
            index in range(len(parameters))
            and (not stored or expected["state"].get(index, {}).keys() <= stored.keys())
            and all(_is_plausible(value, parameters[index]) for value in stored.values())
            for index, stored in saved.state.items()
        )
    )


def _after_a_step(network: nn.Module, config: RunConfig) -> torch.optim.Optimizer:
    """The config's optimizer after one step, on torch's `meta` device, where tensors take no memory."""
    on_meta = copy.deepcopy(network).to("meta")
    for parameter in on_meta.parameters():
        parameter.grad = torch.empty_like(parameter)
    optimizer = build_optimizer(on_meta, config.optimizer, torch.device("meta"))
    get_plain_step(optimizer)()
    return optimizer


def _is_plausible(value: object, parameter: Tensor) -> bool:
    """Whether an optimizer can have stored this for a parameter: a tensor of the same shape, or a number."""
    if isinstance(value, Tensor):
        return value.dim() == 0 or value.shape == parameter.shape
    return value is None or isinstance(value, int | float)
