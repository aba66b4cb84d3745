"""Carries a run out: trains, and between batches writes what happened and obeys what is asked.

This is the body of the process that belongs to a run, whether the app or the command line started it. What it says of a turn
stands in the log before the status tells of it: whoever has seen the status finds the line.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from nn_core.data import find_dataset
from nn_core.devices import describe_device, use_threads
from nn_core.distributed.coordinator import gather_processes
from nn_core.distributed.rendezvous import Launch
from nn_core.errors import NNLabError
from nn_core.evaluation import evaluate_run
from nn_core.finetuning.report import evaluate_finetuning
from nn_core.i18n import _
from nn_core.jobs import messages
from nn_core.jobs.clock import Clock
from nn_core.jobs.live_pins import PinnedDrawings, select_pins
from nn_core.jobs.live_previews import Previews
from nn_core.jobs.process import catch_stop_signals
from nn_core.jobs.recorder import Recorder
from nn_core.models import count_parameters
from nn_core.runs import RunFolder, RunStatus, cut_metrics
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue
from nn_core.training.checkpoint import load_state, remove_temp_files, repair_checkpoint, restore_session
from nn_core.training.errors import translate_errors
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.setup import load_initial_weights, load_training_data
from nn_core.training.state import TrainState

__all__ = ["Reporter", "run_worker"]

_LOOK_SECONDS = 0.05  # how long a request may lie before somebody looks
_STATUS_SECONDS = 1.0


class Reporter(Protocol):
    """Shows people how it goes: a line at every turn of the run, and the progress about once a second."""

    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


def run_worker(
    run: RunFolder, data_folder: Path, reporter: Reporter, slots: Slots | None = None, launch: Launch | None = None
) -> QueueEntry | None:
    """Begin or go on with a run whose lock the caller holds, until it is finished or somebody stops it.

    slots: what the run trains in; they are given back while it is paused. Where they are taken when it is to go on, the run is
    queued again, and its ticket is returned for the caller to wait with. launch: the processes that share the run, if somebody
    started them; this one leads. Raises NNLabError when it fails; the run's status says so as well.
    """
    worker = _Worker(run, data_folder, reporter, slots, launch)
    try:
        with translate_errors(run):
            worker.carry_out()
            return worker.ticket
    except NNLabError as error:
        worker.record.failure(str(error))
        raise


class _Worker:
    def __init__(
        self, run: RunFolder, data_folder: Path, reporter: Reporter, slots: Slots | None, launch: Launch | None
    ) -> None:
        self.run = run
        self.slots = slots
        self.launch = launch
        self.ticket: QueueEntry | None = None
        self.config = run.config()
        self.data_folder = data_folder
        self.reporter = reporter
        self.record = Recorder(run)
        self.stopping = False
        self.next_status = 0.0
        self.next_checkpoint = time.monotonic() + self.config.training.checkpoint_seconds

    def carry_out(self) -> None:
        with catch_stop_signals(_stop_by_signal(self)), gather_processes(self.launch, self.config) as self.others:
            try:
                self.record.note(
                    status="running",
                    activity="starting",
                    message="",
                    ended_early="",
                    pid=os.getpid(),
                    ranks=[],
                    remaining_seconds=None,  # that of the process before
                )
                remove_temp_files(self.run)
                state = load_state(self.run)
                self.session = self.set_up(state)
            except KeyboardInterrupt:
                self.reporter.line(_("Stopped while setting up."))
                self.record.note(status="stopped", activity="starting")
                return
            self.clock = Clock(state["elapsed_seconds"] if state else 0.0, self.session)
            self.record.follow(self.session, self.clock, self.others)
            self.previews = Previews(self.run, self.session)
            self.pinned = PinnedDrawings(self.session, select_pins(self.run, self.session, self.data_folder))
            self.record.line(self.pinned.read())
            self.record.note(activity="training", steps=self.session.steps)
            self.obey_turn()
            self.others.go_on(self.session, ending=False)
            for event in train(self.session):
                self.take(event)
                if self.others.go_on(self.session, self.stopping or self.ticket is not None):
                    break
            if self.ticket:
                self.others.end()
                self.record.note(status="queued", activity="starting", remaining_seconds=None)
                return
            self.record.line(self.pinned.read())
            self.save()
            self.others.end()
            self.previews.write()
            if self.stopping:
                self.reporter.line(messages.describe_stop(self.session))
                self.record.note(status="stopped", remaining_seconds=None)
            else:
                if sentence := messages.describe_early_stop(self.session):
                    self.reporter.line(sentence)
                    self.record.note(ended_early=sentence)
                self.evaluate()
                self.record.note(status="finished", remaining_seconds=None)

    def set_up(self, state: dict[str, Any] | None) -> TrainState:
        device = self.others.tell_of(self.run, self.config, state)
        use_threads(self.config.training.threads, self.others.here)
        spec = find_dataset(self.config.data.name, self.data_folder)
        if not spec.is_present(self.data_folder):
            self.reporter.line(messages.describe_download(spec.title, self.data_folder))
            self.record.note(activity="downloading")
        session = TrainState(self.config, load_training_data(self.run, self.config, self.data_folder), device)
        if state:
            restore_session(self.run, session, state)
            self.tell(repair_checkpoint(self.run, session, state))
        else:
            load_initial_weights(self.run, session)
        self.others.share(session)
        cut_metrics(self.run.metrics_file, state["metrics_size"] if state else 0)
        self.record.note(device=str(describe_device(device)), parameters=count_parameters(session.model))
        self.reporter.line(messages.describe_start(self.run, session, self.record.status))
        return session

    def tell(self, sentence: str) -> None:
        """What the user should know of a run that goes on all the same."""
        if sentence:
            self.reporter.line(sentence)
            self.record.note(message=sentence)

    def take(self, event: Step | Epoch) -> None:
        """Write down what a step or an epoch brought, save when it is time, and obey."""
        if isinstance(event, Epoch):
            self.record.figures("validation", event.validation)
            self.reporter.line(messages.describe_epoch(self.session, event.validation))
        elif event.figures:
            self.record.figures("train", event.figures)
        self.record.line(self.pinned.look())
        if self.previews.is_due():
            self.record.flush()  # so that the curves on disk reach as far as the preview
            self.previews.look()
        now = time.monotonic()
        if self.others.meet(self.session):
            self.record.flush()
            self.obey()
        if now >= self.next_status:
            self.next_status = now + _STATUS_SECONDS
            self.record.note()
            self.reporter.progress(self.record.status)
        if now >= self.next_checkpoint and not self.stopping and self.others.listening:
            self.save()

    def save(self) -> None:
        self.others.sum_up()
        self.record.save()
        self.next_checkpoint = time.monotonic() + self.config.training.checkpoint_seconds

    def obey(self) -> None:
        """Do what was asked for; while paused, wait here for the next request."""
        self.obey_turn()
        request = self.run.take_request()
        if request == "pause":
            self.pause()
        elif request == "stop":
            self.stopping = True

    def pause(self) -> None:
        self.record.line(self.pinned.read())
        self.save()
        self.previews.write()
        self.reporter.line(_("Paused."))
        self.record.note(status="paused")
        with self.clock.standing():
            if self.slots:
                self.slots.close()  # others may train meanwhile
            while not self.stopping:
                os.stat(self.run.path)  # raises where somebody deleted the folder: nobody could ever ask again
                self.obey_turn()
                request = self.run.take_request()
                if request == "resume":
                    self.ticket = self.take_slots_again()
                    break
                self.stopping = self.stopping or request == "stop"
                self.others.wait()
                time.sleep(_LOOK_SECONDS)
        if not self.stopping and not self.ticket:
            self.reporter.line(_("Going on."))
            self.record.note(status="running")

    def take_slots_again(self) -> QueueEntry | None:
        """After a pause; the ticket to wait with where they are taken now."""
        if self.slots is None:
            return None
        turn = acquire_or_enqueue(self.run, bound=True)
        if isinstance(turn, QueueEntry):
            return turn
        self.slots = turn
        return None

    def obey_turn(self) -> None:
        """Go on with another learning rate, if one was asked for, and see to it that nobody has to ask again."""
        with self.run.taken_turn() as rate:
            if rate is None or rate == self.session.base_rate:
                return
            session = self.session
            session.base_rate = rate
            self.others.turn(rate)
            self.record.line(
                {"kind": "turn", "step": session.step, "epoch": session.step / session.batches, "lr": rate}
            )
            self.save()
            self.reporter.line(_("The learning rate is {rate:g} from here on.").format(rate=rate))
            self.record.note()

    def evaluate(self) -> None:
        """The final figures, on the test split, which nothing before has looked at."""
        self.record.note(activity="evaluating")
        with self.clock.standing():
            is_lesson = self.run.start_weights.exists() and bool(self.config.data.drawings.share)
            if is_lesson:
                teaching = evaluate_finetuning(self.run, self.data_folder, self.session.device)
                self.reporter.line(messages.describe_finetuning(teaching))
            evaluation = evaluate_run(self.run, self.data_folder, self.session.device, calibrated=is_lesson)
        self.reporter.line(messages.describe_test(evaluation))


def _stop_by_signal(worker: _Worker) -> Callable[[int, FrameType | None], None]:
    """Stop the run after the batch, or at once while it is set up, which may take a long download; a second Ctrl-C ends the
    process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        if not hasattr(worker, "session"):
            signal.default_int_handler(number, frame)
        worker.stopping = True

    return stop
