"""Requests to the process of a run. Each is a file that the process takes between two batches: it renames the file, so that a request
that arrives meanwhile is kept.

    control.json   {"request": "pause"}; the last request counts
    turn.json      {"learning_rate": 0.003}; the last one counts
    edits.jsonl    {"parameter": "1.weight", "index": [0, 1], "value": 0.5}; every line counts, in order
    speed.json     {"steps_per_second": 5}; not a request that is taken, but a state that stays
"""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError
from safetensors import SafetensorError

from nn_core.atomic_io import exclusive_lock, replace_json
from nn_core.config import RunConfig, update_config
from nn_core.errors import BadInput, ConfigError, RunBusy
from nn_core.i18n import _
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.files import RunFiles
from nn_core.runs.queue import get_queue_position
from nn_core.runs.status import RunStatus
from nn_core.runs.weights import read_weight_shapes

__all__ = ["MAX_SPEED", "MIN_SPEED", "Request", "RunRequests", "WeightEdit", "check_weight_index"]

Request = Literal["pause", "resume", "stop", "step", "epoch"]
"""step: train one batch, then pause; epoch: train to the end of the epoch, then pause."""
MIN_SPEED, MAX_SPEED = 0.1, 10_000.0
"""Batches a second."""
_LARGEST_WEIGHT = 1e6
_MOST_NAMES = 12  # in an error message
_MAX_EDITS = 10_000  # read at once; a foreign file may contain any number


class WeightEdit(BaseModel):
    """A request to set one number of one parameter.

    Attributes:
        parameter: its name in the network, such as "1.weight".
        index: where the number is in the parameter.
        value: the new number.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    parameter: str = Field(max_length=1000)
    index: tuple[NonNegativeInt, ...] = Field(max_length=16)
    value: float = Field(ge=-_LARGEST_WEIGHT, le=_LARGEST_WEIGHT, allow_inf_nan=False)


@dataclass(frozen=True)
class RunRequests(RunFiles, ABC):
    """What the app and the command line request of the run's process, and how the process takes it."""

    @abstractmethod
    def config(self) -> RunConfig:
        """Read config.json."""

    @abstractmethod
    def status(self) -> RunStatus:
        """Read status.json."""

    @abstractmethod
    def check_writable(self) -> None:
        """Check that the run may be changed. Raises ReadOnlyRun."""

    def send_request(self, request: Request) -> None:
        """Send a request to the worker, which checks for requests between batches.

        Raises:
            RunBusy: No process works on the run.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        status = self.status()
        if not status.is_active:
            raise RunBusy(
                _("Run '{run}' is {status}, so there is nothing to {request}.").format(
                    run=self.name,
                    status=status.status,
                    request=_("train") if request in ("step", "epoch") else request,
                )
            )
        if request == "pause" and status.status == "queued" and get_queue_position(self.path):
            raise RunBusy(
                _(
                    "Run '{run}' is waiting in the queue, so there is nothing to pause. Stop removes it from the queue."
                ).format(run=self.name)
            )
        if request != "stop" and _read_request(self.control_file) == "stop":
            return  # the sender of the stop request waits for the run to end
        self.write_request(request)

    def write_request(self, request: Request) -> None:
        """Leave the request for the worker, or for the next one. Raises StorageFailed."""
        with translate_storage_errors(self.path):
            replace_json(self.control_file, {"request": request})

    def take_stop_request(self) -> bool:
        """Take a request to stop, and return whether there was one; any other request is left for the worker."""
        wanted: tuple[Request, ...] = ("stop",)
        return self.take_request(wanted) == "stop"

    def take_request(self, wanted: Collection[Request] = get_args(Request)) -> Request | None:
        """Take the waiting request, if it is one of those that are wanted. A request that arrives meanwhile is kept."""
        if not self.control_file.exists() or _read_request(self.control_file) not in (*wanted, None):
            return None
        taken = self.taken_control_file
        try:
            self.control_file.replace(taken)
            return _read_request(taken)
        except FileNotFoundError:
            return None
        finally:
            taken.unlink(missing_ok=True)

    def request_lr(self, rate: float) -> None:
        """Ask the worker to use this learning rate, before the schedule, from the next batch on. The last request counts.

        The request has a file of its own, so that it and other requests never replace each other.

        Raises:
            ConfigError: The learning rate is out of bounds.
            RunBusy: No process works on the run.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        rate = _check_learning_rate(self.config(), rate)
        status = self.status()
        if not status.is_active:
            raise RunBusy(
                _(
                    "Run '{run}' is {status}, so its learning rate cannot be changed now. Resume it with --set optimizer.lr={rate:g}."
                ).format(run=self.name, status=status.status, rate=rate)
            )
        self.write_lr_request(rate)

    def write_lr_request(self, rate: float) -> None:
        """Leave the request for the next worker. The caller holds the run's lock."""
        with translate_storage_errors(self.path):
            replace_json(self.turn_file, {"learning_rate": rate})

    @property
    def has_lr_request(self) -> bool:
        """Whether a request to change the learning rate waits or is being handled."""
        return self.turn_file.exists() or self.taken_turn_file.exists()

    @contextmanager
    def take_lr_request(self) -> Iterator[float | None]:
        """Take the requested learning rate, if there is one, and handle it inside. A request that arrives meanwhile is kept."""
        try:
            self.turn_file.replace(self.taken_turn_file)
        except FileNotFoundError:
            yield None
            return
        try:
            yield self._read_taken_lr()
        finally:
            self.taken_turn_file.unlink(missing_ok=True)

    def _read_taken_lr(self) -> float | None:
        try:
            return _check_learning_rate(self.config(), json.loads(self.taken_turn_file.read_bytes())["learning_rate"])
        except (BadInput, ValueError, LookupError, TypeError):
            return None

    def request_speed(self, steps_per_second: float | None) -> None:
        """Let the worker train at most this many batches a second; None for as many as possible. It stays so when the run is resumed.

        Raises:
            ConfigError: The number is out of bounds.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        if steps_per_second is not None and not MIN_SPEED <= steps_per_second <= MAX_SPEED:
            raise ConfigError(
                _(
                    "A speed of {speed:g} batches a second is not possible: choose {low:g} to {high:g}, or none for as fast as possible."
                ).format(speed=steps_per_second, low=MIN_SPEED, high=MAX_SPEED)
            )
        with translate_storage_errors(self.path):
            if steps_per_second is None:
                self.speed_file.unlink(missing_ok=True)
            else:
                replace_json(self.speed_file, {"steps_per_second": steps_per_second}, durable=False)

    def speed(self) -> float | None:
        """Read how many batches a second the worker may train; None for as many as possible, also if the file is damaged."""
        try:
            speed = json.loads(self.speed_file.read_bytes())["steps_per_second"]
            return float(speed) if MIN_SPEED <= speed <= MAX_SPEED else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def request_weight(self, parameter: str, index: Sequence[int], value: float) -> None:
        """Ask the worker to set one number of one of the network's parameters before the next batch, also while it is paused.

        Every request counts, in the order in which they were sent. The worker saves the run at once, so that it resumes exactly.
        What the optimizer remembers of earlier gradients stays.

        Args:
            parameter: Its name in the network, such as "1.weight".
            index: Where the number is in the parameter, from 0: for a weight of a dense layer (neuron, input), for a bias (neuron,).
            value: The new number.

        Raises:
            ConfigError: There is no such parameter or number in the latest checkpoint, or the value is out of bounds.
            RunBusy: No process works on the run.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        if not (math.isfinite(value) and abs(value) <= _LARGEST_WEIGHT):
            raise ConfigError(
                _("The weight {value:g} is not possible: choose a number from {low:g} to {high:g}.").format(
                    value=value, low=-_LARGEST_WEIGHT, high=_LARGEST_WEIGHT
                )
            )
        try:
            shapes = read_weight_shapes(self.last_weights)
        except (OSError, SafetensorError):
            shapes = None  # before the first checkpoint; the worker checks it as well
        if shapes is not None:
            check_weight_index(shapes, parameter, index)
        status = self.status()
        if not status.is_active:
            raise RunBusy(
                _("Run '{run}' is {status}, so its weights cannot be changed now. Resume it first.").format(
                    run=self.name, status=status.status
                )
            )
        edit = WeightEdit(parameter=parameter, index=tuple(index), value=value)
        line = edit.model_dump_json().encode() + b"\n"
        with (
            translate_storage_errors(self.path),
            exclusive_lock(self.edits_lock_file),
            self.edits_file.open("ab") as file,
        ):
            file.write(line)

    @property
    def has_weight_requests(self) -> bool:
        """Whether requests to change weights wait or are being handled."""
        return self.edits_file.exists() or self.taken_edits_file.exists()

    @contextmanager
    def take_weight_requests(self) -> Iterator[list[WeightEdit]]:
        """Take the requested changes of weights, and handle them inside. Requests that arrive meanwhile are kept."""
        if not self.edits_file.exists():
            yield []
            return
        with exclusive_lock(self.edits_lock_file):
            self.edits_file.replace(self.taken_edits_file)
        try:
            yield _read_edits(self.taken_edits_file)
        finally:
            self.taken_edits_file.unlink(missing_ok=True)

    def delete_requests(self) -> None:
        """Delete the requests to an earlier worker. The caller holds the run's lock. Raises OSError."""
        for file in (
            self.control_file,
            self.turn_file,
            self.taken_turn_file,
            self.edits_file,
            self.taken_edits_file,
        ):
            file.unlink(missing_ok=True)


def check_weight_index(shapes: dict[str, tuple[int, ...]], parameter: str, index: Sequence[int]) -> None:
    """Check that there is such a number in a network with these parameters. Raises ConfigError."""
    if parameter not in shapes:
        names = ", ".join(list(shapes)[:_MOST_NAMES]) + (", …" if len(shapes) > _MOST_NAMES else "")
        raise ConfigError(
            _("The network has no parameter '{parameter}'. Choose one of: {names}.").format(
                parameter=parameter, names=names
            )
        )
    shape = shapes[parameter]
    if len(index) != len(shape) or not all(0 <= place < size for place, size in zip(index, shape, strict=True)):
        raise ConfigError(
            _(
                "The index {index} is not in '{parameter}', which is {shape}: give {count} numbers from 0, each below its size."
            ).format(
                index=", ".join(map(str, index)) or "()",
                parameter=parameter,
                shape=" × ".join(map(str, shape)) or _("a single number"),
                count=len(shape),
            )
        )


def _read_request(file: Path) -> Request | None:
    try:
        request = json.loads(file.read_bytes()).get("request")
    except (OSError, ValueError, AttributeError):
        return None
    return request if request in get_args(Request) else None


def _read_edits(file: Path) -> list[WeightEdit]:
    """Read the valid lines."""
    edits = []
    for line in file.read_bytes().splitlines()[:_MAX_EDITS]:
        try:
            edits.append(WeightEdit.model_validate_json(line))
        except ValidationError:
            continue
    return edits


def _check_learning_rate(config: RunConfig, rate: object) -> float:
    """Check the bounds of a learning rate. Raises ConfigError."""
    return float(update_config(config, {"optimizer": {"lr": rate}}).optimizer.lr)
