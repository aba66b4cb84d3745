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
from typing import Protocol

from nn_core.data import find_configured_dataset
from nn_core.devices import describe_device, use_threads
from nn_core.distributed.leader import Leader, start_leader
from nn_core.distributed.rendezvous import Launch
from nn_core.errors import NNLabError
from nn_core.evaluation import evaluate_run
from nn_core.finetuning.evaluate import evaluate_finetuning
from nn_core.i18n import _
from nn_core.jobs import messages
from nn_core.jobs.launcher import catch_stop_signals
from nn_core.jobs.live_views import PinnedDrawings, Previews, select_pins
from nn_core.jobs.recorder import Clock, Recorder, StatusWriter
from nn_core.models import count_parameters
from nn_core.runs import RunFolder, RunStatus, cut_metrics
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue
from nn_core.training.callbacks import Callback
from nn_core.training.checkpoint import load_checkpoint, remove_temp_files, repair_checkpoint, restore_checkpoint
from nn_core.training.forward import translate_errors
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.setup import load_initial_weights, load_training_data
from nn_core.training.state import TrainState

__all__ = ["Reporter", "Runner", "run_worker"]

_POLL_SECONDS = 0.05  # between two checks for requests while paused
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
                runner = _set_up(writer, data_folder, reporter, slots, leader, stop)
            except KeyboardInterrupt:
                reporter.line(_("Stopped while setting up."))
                writer.update_status(status="stopped", activity="starting")
                return None
            writer = runner.recorder
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


def _set_up(
    writer: StatusWriter, data_folder: Path, reporter: Reporter, slots: Slots | None, leader: Leader, stop: _Stop
) -> Runner:
    """Load everything that the run needs. Raises KeyboardInterrupt when a signal asks to stop meanwhile."""
    run = writer.run
    writer.update_status(
        status="running",
        activity="starting",
        message="",
        ended_early="",
        pid=os.getpid(),
        ranks=[],
        remaining_seconds=None,  # otherwise that of the process before
    )
    remove_temp_files(run)
    checkpoint, config = load_checkpoint(run), run.config()
    device = leader.send_run(run, config, checkpoint)
    use_threads(config.training.threads, leader.local_size)
    spec = find_configured_dataset(config.data, data_folder)
    if not spec.is_present(data_folder):
        reporter.line(_("Downloading {title} into {folder}.").format(title=spec.title, folder=data_folder))
        writer.update_status(activity="downloading")
    state = TrainState(config, load_training_data(run, config, data_folder), device)
    if checkpoint:
        restore_checkpoint(run, state, checkpoint)
        if repaired := repair_checkpoint(run, state, checkpoint):
            reporter.line(repaired)
            writer.update_status(message=repaired)
    else:
        load_initial_weights(run, state)
    leader.join(state)
    cut_metrics(run.metrics_file, checkpoint.metrics_size if checkpoint else 0)
    writer.update_status(device=str(describe_device(device)), parameters=count_parameters(state.model))
    reporter.line(messages.describe_start(run, state, writer.status))
    clock = Clock(checkpoint.elapsed_seconds if checkpoint else 0.0, state)
    recorder = Recorder(writer, state, clock, leader)
    pins = PinnedDrawings(state, select_pins(run, state, data_folder), recorder.add_line, report=reporter.line)
    previews = Previews(run, state, recorder.flush, report=reporter.line)
    stop.is_setting_up = False
    return Runner(
        run=run,
        data_folder=data_folder,
        reporter=reporter,
        slots=slots,
        leader=leader,
        stop=stop,
        state=state,
        clock=clock,
        recorder=recorder,
        callbacks=(recorder, pins, previews),  # in this order: a preview is never ahead of the metrics on disk
    )


@dataclass
class Runner:
    """Trains a run that is set up.

    Attributes:
        slots: What the run trains in; None where it does not queue.
        callbacks: Called between batches, in this order.
        queue_entry: Set when the run has to wait for slots again after a pause; the training then ends in this process.
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
    next_status: float = 0.0
    next_checkpoint: float = field(init=False)

    def __post_init__(self) -> None:
        self._schedule_checkpoint()

    def run_to_end(self) -> None:
        """Train until the run has finished, is asked to stop, or has to queue again."""
        self._start_callbacks()
        self.recorder.update_status(activity="training")
        self._apply_lr_request()
        self.leader.finish_step(self.state, should_end=False)
        for event in train(self.state):
            self._handle_event(event)
            if self.leader.finish_step(self.state, should_end=self.stop.is_set or self.queue_entry is not None):
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
        now = time.monotonic()
        if self.leader.should_check_requests(self.state):
            self.recorder.flush()
            self._handle_requests()
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
        self._apply_lr_request()
        request = self.run.take_request()
        if request == "pause":
            self._pause()
        elif request == "stop":
            self.stop.is_set = True

    def _pause(self) -> None:
        """Save, release the slots, and wait for the next request."""
        self._end_callbacks()
        self._save()
        self.reporter.line(_("Paused."))
        self.recorder.update_status(status="paused")
        with self.clock.paused():
            if self.slots:
                self.slots.close()
            while not self.stop.is_set:
                os.stat(self.run.path)  # raises if the folder was deleted: no request could arrive any more
                self._apply_lr_request()
                request = self.run.take_request()
                if request == "resume":
                    self._acquire_slots()
                    break
                self.stop.is_set = self.stop.is_set or request == "stop"
                self.leader.keep_alive()
                time.sleep(_POLL_SECONDS)
        if not self.stop.is_set and not self.queue_entry:
            self.reporter.line(_("Resumed."))
            self.recorder.update_status(status="running")
            self._start_callbacks()

    def _acquire_slots(self) -> None:
        """Take slots after a pause, or queue for them."""
        if self.slots is None:
            return
        acquired = acquire_or_enqueue(self.run, bound=True)
        if isinstance(acquired, QueueEntry):
            self.queue_entry = acquired
        else:
            self.slots = acquired

    def _apply_lr_request(self) -> None:
        """Change the learning rate if that was requested, and save, so that the request survives a crash."""
        with self.run.take_lr_request() as lr:
            if lr is None or lr == self.state.base_lr:
                return
            state = self.state
            state.base_lr = lr
            self.leader.send_learning_rate(lr)
            epoch = state.step / state.batches_per_epoch
            self.recorder.add_line({"kind": "turn", "step": state.step, "epoch": epoch, "lr": lr})
            self._save()
            self.reporter.line(_("The learning rate is {rate:g} from here on.").format(rate=lr))
            self.recorder.update_status()

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
