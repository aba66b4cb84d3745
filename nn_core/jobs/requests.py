"""Applies what users request of a run that trains: another learning rate, single weights, and a lower speed.

Each change is saved at once with its line of metrics.jsonl, so that a run that is killed afterwards resumes with it, bit-identically.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence

from nn_core.distributed.leader import Leader
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.jobs.recorder import Recorder
from nn_core.runs import RunFolder
from nn_core.runs.requests import WeightEdit, check_weight_index
from nn_core.training.callbacks import Callback
from nn_core.training.state import TrainState

__all__ = ["ChangeRequests", "SpeedLimit"]


class ChangeRequests:
    """Takes the requests that change the training state, and applies them between two steps or while the run is paused."""

    def __init__(
        self,
        state: TrainState,
        recorder: Recorder,
        leader: Leader,
        callbacks: Sequence[Callback],
        report: Callable[[str], object],
        save: Callable[[], object],
    ) -> None:
        self._state = state
        self._recorder = recorder
        self._leader = leader
        self._callbacks = callbacks
        self._report = report
        self._save = save

    def apply(self) -> None:
        """Apply everything that was requested since the last call."""
        self._apply_lr()
        self._apply_weights()

    def _apply_lr(self) -> None:
        """Change the learning rate if that was requested, and save, so that the request survives a crash."""
        with self._recorder.run.take_lr_request() as lr:
            if lr is None or lr == self._state.base_lr:
                return
            self._state.base_lr = lr
            self._leader.send_learning_rate(lr)
            self._add_line("turn", lr=lr)
            self._save()
            self._report(_("The learning rate is {rate:g} from here on.").format(rate=lr))
            self._recorder.update_status()

    def _apply_weights(self) -> None:
        """Set the requested weights, save, and refresh the live views, which then show the network with these weights."""
        with self._recorder.run.take_weight_requests() as edits:
            if not edits:
                return
            refused = ""
            for edit in edits:
                try:
                    self._set_weight(edit)
                except ConfigError as error:
                    refused = str(error)
                    self._report(refused)
            self._save()
            for callback in self._callbacks:
                callback.on_edit(self._state)
            if refused:
                self._recorder.update_status(message=refused)

    def _set_weight(self, edit: WeightEdit) -> None:
        """Set one weight in all processes. Raises ConfigError if the network does not have it."""
        shapes = {name: tuple(parameter.shape) for name, parameter in self._state.model.named_parameters()}
        check_weight_index(shapes, edit.parameter, edit.index)
        shape = shapes[edit.parameter]
        place = sum(index * math.prod(shape[axis + 1 :]) for axis, index in enumerate(edit.index))
        number = list(shapes).index(edit.parameter)
        self._state.set_weight(number, place, edit.value)
        self._leader.send_weight(number, place, edit.value)
        self._add_line("edit", parameter=edit.parameter, index=list(edit.index), value=edit.value)

    def _add_line(self, kind: str, **values: object) -> None:
        epoch = self._state.step / self._state.batches_per_epoch
        self._recorder.add_line({"kind": kind, "step": self._state.step, "epoch": epoch, **values})


class SpeedLimit:
    """Says when the next batch may start, so that at most as many are trained a second as the user chose."""

    def __init__(self, run: RunFolder, time_now: Callable[[], float] = time.monotonic) -> None:
        """time_now: A clock in seconds, of which only differences matter."""
        self._run = run
        self._time_now = time_now
        self._identity: tuple[int, int] | None = None
        self._seconds_per_batch = 0.0
        self._next_at = time_now()
        self.read()

    @property
    def is_limited(self) -> bool:
        """Whether the user chose a speed."""
        return self._seconds_per_batch > 0

    def read(self) -> None:
        """Read the choice again if its file has changed."""
        try:
            found = os.stat(self._run.speed_file)
            identity = (found.st_ino, found.st_mtime_ns)
        except OSError:
            identity = None
        if identity != self._identity:
            self._identity = identity
            speed = self._run.speed()
            self._seconds_per_batch = 1 / speed if speed else 0.0
            self._next_at = min(self._next_at, self._time_now() + self._seconds_per_batch)

    def note_batch(self) -> None:
        """Note that a batch was trained. The time that it was late, the next one starts earlier, but not more than that."""
        self._next_at = max(self._next_at + self._seconds_per_batch, self._time_now())

    def get_wait(self) -> float:
        """Return the seconds until the next batch may start; 0 or less if it may start now."""
        return self._next_at - self._time_now() if self.is_limited else 0.0
