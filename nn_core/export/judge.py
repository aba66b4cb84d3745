"""Whether the files beside the weights of an imported run are what they should be."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.errors import NNLabError, one_line
from nn_core.export.fit import fitted
from nn_core.export.foreign import load_tensors
from nn_core.runs import Best, History, RunStatus
from nn_core.runs.folder import now
from nn_core.training.seal import is_whole

__all__ = ["drawings_are_sound", "metrics_are_sound", "sound_status", "state_fits"]

_LONGEST_TEXT = 300
_MOST = 10**12  # steps
_LONGEST_DRAWING = 1 << 20  # bytes; tens of thousands of points


def sound_status(file: Path, config: RunConfig) -> RunStatus:
    """What status.json says, as far as it can be: nobody works on an imported run, times are times, counts are counts."""
    bare = RunStatus(status="stopped", created_at=now(), updated_at=now(), epochs=config.training.epochs)
    try:
        values = json.loads(file.read_bytes())
        times = {key: _moment(values.get(key)) for key in ("created_at", "updated_at")}
        told = RunStatus.model_validate({**values, **times})
    except (OSError, ValueError, RecursionError, AttributeError, TypeError):
        return bare
    best = told.best
    if best and not (
        math.isfinite(best.loss)
        and 0 <= (best.accuracy or 0.0) <= 1
        and 0 <= best.step <= _MOST
        and 0 <= best.epoch <= config.training.epochs
    ):
        best = None
    return bare.model_copy(
        update={
            "status": told.status if told.status in ("finished", "failed") else "stopped",
            "created_at": told.created_at,
            "message": one_line(told.message, _LONGEST_TEXT),
            "device": one_line(told.device, _LONGEST_TEXT),
            "step": min(max(0, told.step), _MOST),
            "steps": min(max(0, told.step, told.steps), _MOST),
            "epochs_done": min(max(0, told.epochs_done), config.training.epochs),
            "elapsed_seconds": _count(told.elapsed_seconds) or 0.0,
            "samples_per_second": _count(told.samples_per_second),
            "best": best,
        }
    )


def _count(number: float | None) -> float | None:
    return number if number is not None and 0 <= number < 1e9 else None


def _moment(text: Any) -> str:
    """The time in UTC; now, for what is none or lies in the future."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return now()
    sensible = datetime(2000, 1, 1, tzinfo=UTC) < moment < datetime.now(UTC)
    return moment.isoformat(timespec="seconds") if sensible else now()


def metrics_are_sound(file: Path) -> bool:
    """Whether pages can draw every line: none too long, and numbers, finite, or null."""
    try:
        history = History(file)
        while history.read_on() < 1:
            if history.unreadable:
                return False
        if history.unreadable:
            return False
        with file.open("rb") as stream:
            records = (json.loads(line) for line in stream if line.endswith(b"\n"))
            return all(_is_plain(value) for record in records for value in _values(record))
    except (NNLabError, ValueError, RecursionError, AttributeError, OverflowError):
        return False


def _values(record: dict[str, Any]) -> Iterator[Any]:
    """Those that are to be numbers: all but the kind, and of pinned drawings each one's share."""
    for key, value in record.items():
        if key == "shares":
            yield from value.values()
        elif key != "kind":
            yield value


def _is_plain(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))


def drawings_are_sound(file: Path) -> bool:
    """Whether no line is longer than a drawing's may be: read as JSON, it takes fifty times its size."""
    with file.open("rb") as stream:
        while line := stream.readline(_LONGEST_DRAWING + 1):
            if len(line) > _LONGEST_DRAWING:
                return False
    return True


def state_fits(file: Path, network: nn.Module) -> bool:
    """Whether training can go on from last.state: all that `Session.restore` takes is there and fits the network, which may
    be on torch's `meta` device."""
    try:
        if not is_whole(file):
            return False
        state = load_tensors(file, file.name)
        if not _is_made_as_a_state(state):
            return False
        for key in ("model", *(key for key in ("average", "best_weights") if state.get(key))):
            if set(state[key]) != set(network.state_dict()):
                return False
            fitted(state[key], network, called=file.name, network="")
        return _optimizer_fits(state["optimizer"], list(network.parameters())) and _position_is_sound(state)
    except (NNLabError, LookupError, TypeError, ValueError, AttributeError, RuntimeError, OSError):
        return False


def _is_made_as_a_state(state: Any) -> bool:
    """Before anything is walked through: a tensor in place of a list would come apart into as many tensors as it has numbers."""
    optimizer = state["optimizer"]
    needed = [state, state["model"], state["random"], optimizer, optimizer["state"], *optimizer["state"].values()]
    optional = [value for value in (state["best"], state["best_weights"], state.get("average")) if value is not None]
    lists = [state["position"], state["pending"], optimizer["param_groups"]]
    lists += [state[key] for key in ("schedule", "rates") if key in state]
    return all(isinstance(value, dict) for value in needed + optional) and all(
        isinstance(value, list) for value in lists
    )


def _optimizer_fits(optimizer: dict[str, Any], parameters: list[nn.Parameter]) -> bool:
    places = list(range(len(parameters)))
    (group,) = optimizer["param_groups"]
    return group["params"] == places and all(
        place in places
        and all(
            not isinstance(value, Tensor) or value.dim() == 0 or value.shape == parameters[place].shape
            for value in values.values()
        )
        for place, values in optimizer["state"].items()
    )


def _position_is_sound(state: dict[str, Any]) -> bool:
    torch.Generator().set_state(state["random"]["cpu"])
    if state["best"]:
        Best.model_validate(state["best"])
    _samples, loss, _hits = state["pending"]
    counts = [*state["position"], state["metrics_size"]]
    return (
        len(counts) == 4
        and all(isinstance(count, int) and count >= 0 for count in counts)
        and math.isfinite(loss)
        and math.isfinite(state["elapsed_seconds"])
    )
