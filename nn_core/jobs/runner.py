"""The body of the process that belongs to a run: sets the run up, trains it, and handles requests between batches.

The app or the command line starts it. A message is in the log before the status changes, so that a reader who has seen the status finds the
message.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Literal, Protocol

from nn_core.distributed.leader import Leader, start_leader
from nn_core.distributed.rendezvous import Launch
from nn_core.errors import NNLabError
from nn_core.evaluation import evaluate_run
from nn_core.finetuning.evaluate import evaluate_finetuning
from nn_core.i18n import _
from nn_core.jobs import messages
from nn_core.jobs.launcher import catch_stop_signals
from nn_core.jobs.recorder import Clock, Recorder, StatusWriter
from nn_core.jobs.requests import ChangeRequests, SpeedLimit
from nn_core.jobs.worker_setup import set_up_run
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue
from nn_core.runs.requests import Request
from nn_core.runs.viewers import forget_viewers, is_abandoned
from nn_core.training.callbacks import Callback
from nn_core.training.forward import translate_errors
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState

__all__ = ["Reporter", "Runner", "run_worker"]

_POLL_SECONDS = 0.05  # between two checks for requests while paused or waiting
_STATUS_SECONDS = 1.0


class Reporter(Protocol):
    """Shows people the progress of a run."""

    def line(self, text: str) -> None:
        """Show a message."""

    def progress(self, status: RunStatus) -> None:
        """Show the progress; called about once a second."""


def run_worker(
    run: RunFolder, data_folder: Path, reporter: Reporter, slots: Slots | None = None, launch: Launch | None = None
) -> QueueEntry | None:
    """Start or resume a run whose lock the caller holds, and train until it has finished or is asked to stop.

    Args:
        slots: The slots that the run trains in. They are released while it is paused.
        launch: The processes that share the run, if they have been started already; this one is the leader.

    Returns:
        A queue entry for the caller to wait with, if the run was resumed after a pause and its slots are taken.

    Raises:
        NNLabError: The run has failed; its status says so as well.
    """
    writer, stop = StatusWriter(run), _Stop()
    config = run.config()
    try:
        with translate_errors(run), catch_stop_signals(stop.handle_signal), start_leader(launch, config) as leader:
            try:
                ready = set_up_run(writer, data_folder, reporter.line, leader)
                stop.is_setting_up = False
            except KeyboardInterrupt:
                reporter.line(_("Stopped while setting up."))
                writer.update_status(status="stopped", activity="starting")
                return None
            writer = ready.recorder
            state, clock, callbacks = ready.state, ready.clock, ready.callbacks
            runner = Runner(run, data_folder, reporter, slots, leader, stop, state, clock, ready.recorder, callbacks)
            runner.run_to_end()
            return runner.queue_entry
    except NNLabError as error:
        writer.record_failure(str(error))
        raise


@dataclass
class _Stop:
    """Whether the run was asked to stop, by a signal or a request. It stops after the current batch."""

    is_set: bool = False
    is_setting_up: bool = True

    def handle_signal(self, number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)  # a second Ctrl-C ends the process at once
        if self.is_setting_up:
            signal.default_int_handler(number, frame)  # setting up may include a long download
        self.is_set = True


@dataclass
class Runner:
    """Trains a run that is set up.

    Attributes:
        slots: What the run trains in; None where it does not queue.
        callbacks: Called between batches, in this order.
        queue_entry: Set when the run has to wait for slots again after a pause; the training then ends in this process.
        pause_after: Whether the run pauses after the next batch or at the end of the epoch.
        is_pause_due: Whether that batch or epoch is over. Several processes pause at their next sync point.
    """

    run: RunFolder
    data_folder: Path
    reporter: Reporter
    slots: Slots | None
    leader: Leader
    stop: _Stop
    state: TrainState
    clock: Clock
    recorder: Recorder
    callbacks: Sequence[Callback]
    queue_entry: QueueEntry | None = None
    pause_after: Literal["step", "epoch"] | None = None
    is_pause_due: bool = False
    next_status: float = 0.0
    next_checkpoint: float = field(init=False)
    changes: ChangeRequests = field(init=False)
    speed: SpeedLimit = field(init=False)

    def __post_init__(self) -> None:
        self.changes = ChangeRequests(
            self.state, self.recorder, self.leader, self.callbacks, self.reporter.line, self._save
        )
        self.speed = SpeedLimit(self.run)
        self._schedule_checkpoint()

    def run_to_end(self) -> None:
        """Train until the run has finished, is asked to stop, or has to queue again."""
        self._start_callbacks()
        self.recorder.update_status(activity="training")
        self.changes.apply()
        self._plan(self.run.take_request(("step", "epoch")))
        self.leader.finish_step(self.state, should_end=False, pause_in=self._count_steps_to_pause())
        for event in train(self.state):
            self._handle_event(event)
            should_end = self.stop.is_set or self.queue_entry is not None
            if self.leader.finish_step(self.state, should_end, self._count_steps_to_pause()):
                break
        if self.queue_entry:
            self.leader.end()
            self.recorder.update_status(status="queued", activity="starting", remaining_seconds=None)
            return
        self._end_callbacks()
        self._save()
        self.leader.end()
        if self.stop.is_set:
            message = _("Stopped after step {step} of {steps}.")
            self.reporter.line(message.format(step=self.state.step, steps=self.state.total_steps))
            self.recorder.update_status(status="stopped", remaining_seconds=None)
            return
        if reason := messages.describe_early_stop(self.state):
            self.reporter.line(reason)
            self.recorder.update_status(ended_early=reason)
        self._evaluate()
        self.recorder.update_status(status="finished", remaining_seconds=None)

    def _start_callbacks(self) -> None:
        for callback in self.callbacks:
            callback.on_start(self.state)

    def _end_callbacks(self) -> None:
        for callback in self.callbacks:
            callback.on_end(self.state)

    def _handle_event(self, event: Step | Epoch) -> None:
        """Call the callbacks, handle requests, and save when it is time."""
        if isinstance(event, Epoch):
            for callback in self.callbacks:
                callback.on_epoch(self.state, event)
            self.reporter.line(messages.describe_epoch(self.state, event.validation))
        else:
            for callback in self.callbacks:
                callback.on_step(self.state, event)
        self._note_pause(event)
        is_time_for_requests = self.leader.should_check_requests(self.state)
        if self.is_pause_due and self.leader.is_synced:
            self._pause()
        elif is_time_for_requests:
            self._handle_requests()
        self._write_what_is_due()
        if self.speed.is_limited and isinstance(event, Step):
            self.speed.note_batch()
            if self.leader.is_synced:
                self._wait_for_speed()

    def _write_what_is_due(self) -> None:
        """Write the status and a checkpoint when it is time."""
        now = time.monotonic()
        if now >= self.next_status:
            self.next_status = now + _STATUS_SECONDS
            self.recorder.update_status()
            self.reporter.progress(self.recorder.status)
        if now >= self.next_checkpoint and not self.stop.is_set and self.leader.is_synced:
            self._save()

    def _save(self) -> None:
        self.leader.sum_metrics()
        self.recorder.save()
        self._schedule_checkpoint()

    def _schedule_checkpoint(self) -> None:
        self.next_checkpoint = time.monotonic() + self.state.config.training.checkpoint_seconds

    def _handle_requests(self) -> None:
        self.recorder.flush()
        self.speed.read()
        self.changes.apply()
        request = self.run.take_request()
        if request == "pause":
            self._pause()
        elif request == "stop":
            self.stop.is_set = True
        elif request is None and is_abandoned(self.run):
            self._pause(_("Paused, because no one has looked at it for two minutes."))
        else:
            self._plan(request)

    def _plan(self, request: Request | None) -> None:
        """Remember where to pause: at once after a batch, at the end of the epoch, or nowhere."""
        if request in ("step", "epoch"):
            self.pause_after = request
        elif request == "resume":
            self.pause_after, self.is_pause_due = None, False

    def _note_pause(self, event: Step | Epoch) -> None:
        """Note whether the planned batch or epoch is over."""
        if self.pause_after and isinstance(event, Step if self.pause_after == "step" else Epoch):
            self.is_pause_due = True

    def _count_steps_to_pause(self) -> int | None:
        """Return the number of batches until the planned pause, or None. After the last batch of an epoch it is 0 until the epoch has ended."""
        if self.pause_after == "epoch":
            return (self.state.epoch + 1) * self.state.batches_per_epoch - self.state.step
        return 1 if self.pause_after else None

    def _wait_for_speed(self) -> None:
        """Wait until the next batch may start, and handle requests meanwhile."""
        since = time.monotonic()
        while (wait := self.speed.get_wait()) > 0 and not (self.stop.is_set or self.queue_entry):
            if self.pause_after == "step":
                break
            time.sleep(min(wait, _POLL_SECONDS))
            if self.leader.should_check_requests(self.state):
                self._handle_requests()
            self._write_what_is_due()
        for callback in self.callbacks:
            callback.on_idle(time.monotonic() - since)

    def _pause(self, reason: str = "") -> None:
        """Save, release the slots, and wait for the next request."""
        self.pause_after, self.is_pause_due = None, False
        self._end_callbacks()
        self._save()
        self.reporter.line(reason or _("Paused."))
        self.recorder.update_status(status="paused", **({"message": reason} if reason else {}))
        with self.clock.paused():
            if self.slots:
                self.slots.close()
            while not self.stop.is_set:
                os.stat(self.run.path)  # raises if the folder was deleted: no request could arrive any more
                self.changes.apply()
                request = self.run.take_request()
                if request in ("resume", "step", "epoch"):
                    self._plan(request)
                    self._acquire_slots()
                    break
                self.stop.is_set = self.stop.is_set or request == "stop"
                self.leader.keep_alive()
                time.sleep(_POLL_SECONDS)
        if not self.stop.is_set and not self.queue_entry:
            self.reporter.line(_("Resumed."))
            self.speed.read()
            forget_viewers(self.run)
            self.recorder.update_status(status="running", **({"message": ""} if reason else {}))
            self._start_callbacks()

    def _acquire_slots(self) -> None:
        """Take slots after a pause, or queue for them."""
        if self.slots is None:
            return
        acquired = acquire_or_enqueue(self.run, bound=True)
        if isinstance(acquired, QueueEntry):
            self.queue_entry = acquired
            if self.pause_after:
                self.run.write_request(self.pause_after)  # for the process that continues once the slots are free
        else:
            self.slots = acquired

    def _evaluate(self) -> None:
        """Evaluate the best network on the test data, which training does not use."""
        self.recorder.update_status(activity="evaluating")
        device = self.state.device
        with self.clock.paused():
            is_finetuning = self.run.start_weights.exists() and bool(self.state.config.data.drawings.share)
            if is_finetuning:
                report = evaluate_finetuning(self.run, self.data_folder, device)
                self.reporter.line(messages.describe_finetuning(report))
            evaluation = evaluate_run(self.run, self.data_folder, device, has_calibration=is_finetuning)
        self.reporter.line(messages.describe_test(evaluation))
