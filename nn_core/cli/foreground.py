"""Trains a run in this process once slots are free, alone or together with other processes, and shows its progress on the console.

torchrun starts all processes that share a run with the same command; the first one carries it out, and the others follow it.
"""

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nn_core.errors import BadInput, NNLabError, RunNotFound
from nn_core.formatting import format_duration, format_percent
from nn_core.i18n import _
from nn_core.jobs.launcher import reexec, wait_in_queue
from nn_core.paths import SHARED_STORE, get_data_folder
from nn_core.runs import RunFolder, RunLock, RunStatus
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue

if TYPE_CHECKING:
    from nn_core.distributed.rendezvous import Launch

__all__ = ["find_launched_run", "follow", "is_follower", "pause_gc", "run_foreground", "start_launch"]


def run_foreground(
    run: RunFolder, lock: RunLock, place: Slots | QueueEntry | None = None, launch: "Launch | None" = None
) -> None:
    """Train a run whose lock the caller holds.

    If the run has to wait, before it starts or after a pause, or gets some of several graphics cards, this process restarts itself
    without torch, and this function does not return.

    Args:
        place: Slots or a queue entry that the run has already.
        launch: The processes that share the run, if it was started by torchrun, which also chooses their devices. Such a run does
            not queue.

    Raises:
        NNLabError: The run has failed.
    """
    console = Console(run)
    if launch:
        from nn_core.jobs.runner import run_worker

        launch.remember_run(run)
        run_worker(run, get_data_folder(), console, launch=launch)
        return
    place = place or acquire_or_enqueue(run)
    if "torch" in sys.modules and (isinstance(place, QueueEntry) or place.environment):
        reexec(run, lock, place)
    slots = wait_in_queue(run, place, console.line) if isinstance(place, QueueEntry) else place
    if slots is None:
        return
    os.environ.update(slots.environment)
    with pause_gc():
        from nn_core.jobs.runner import run_worker

    queue_entry = run_worker(run, get_data_folder(), console, slots)
    if queue_entry:
        reexec(run, lock, queue_entry)


@contextmanager
def pause_gc() -> Iterator[None]:
    """Switch garbage collection off while torch is imported, which takes a tenth less time; there is no garbage to find."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


class Console:
    """Shows a run's progress on stderr and writes its messages to worker.log."""

    def __init__(self, run: RunFolder) -> None:
        self.log = run.log_file if sys.stderr.isatty() or not self._is_stderr(run.log_file) else None
        self.has_progress = False

    def line(self, text: str) -> None:
        """Print a message, and write it to the log."""
        self._clear()
        with suppress(BrokenPipeError):  # the reader has closed the pipe; the run continues
            print(text, file=sys.stderr, flush=True)
        if self.log:
            with self.log.open("a", encoding="utf-8") as log:
                print(text, file=log)

    def progress(self, status: RunStatus) -> None:
        """Show the progress in place, if stderr is a terminal."""
        if not sys.stderr.isatty() or not status.steps:
            return
        remaining = status.remaining_seconds
        left = _(", {duration} left").format(duration=format_duration(remaining)) if remaining else ""
        self._clear()
        print(
            _("{progress} done{left}").format(progress=format_percent(status.progress, 0), left=left),
            end="\r",
            file=sys.stderr,
            flush=True,
        )
        self.has_progress = True

    def _clear(self) -> None:
        if self.has_progress:
            print(" " * 40, end="\r", file=sys.stderr)
            self.has_progress = False

    @staticmethod
    def _is_stderr(file: Path) -> bool:
        """Whether stderr is this file. The app starts workers with worker.log as stderr."""
        try:
            return os.path.samestat(os.fstat(sys.stderr.fileno()), file.stat())
        except (OSError, ValueError):
            return False


def is_follower() -> bool:
    """Whether another process of the launch is the leader."""
    return _is_launched() and int(os.environ["RANK"]) > 0


def follow() -> NoReturn:
    """Compute a shard of each batch of a run that another process leads, and end this process. It is started by a run, and ends
    when its stdin is closed, or by torchrun."""
    if SHARED_STORE in os.environ:
        threading.Thread(target=_exit_with_leader, daemon=True).start()
    with pause_gc():
        from nn_core.distributed.follower import run_follower
        from nn_core.distributed.rendezvous import Launch
    status = 0
    try:
        run_follower(Launch.from_environment(), get_data_folder())
    except NNLabError as error:
        print(" ".join(str(error).split()), file=sys.stderr, flush=True)
        status = 2 if isinstance(error, BadInput) else 1
    # Nothing was written, so nothing is lost, and an orderly shutdown of torch's threads can hang.
    os._exit(status)


@contextmanager
def start_launch() -> "Iterator[Launch | None]":
    """Return the launch that this process leads; None if there are no other processes. They end with the block."""
    if not _is_launched():
        yield None
        return
    with pause_gc():
        from nn_core.distributed.rendezvous import Launch
    launch = Launch.from_environment()
    try:
        yield launch
    finally:
        launch.cancel()


def find_launched_run(launch: "Launch | None") -> RunFolder | None:
    """Find the run that this launch created before torchrun restarted its processes. Raises RunNotFound where it is on another
    machine."""
    path = launch.find_remembered_run() if launch else None
    if path is None:
        return None
    run = RunFolder(Path(path))
    if not run.config_file.exists():
        raise RunNotFound(
            _(
                "The run '{run}' of this launch is not on this machine. Start the first process where its folder is: "
                "--node-rank=0, or --rdzv-conf is_host=1."
            ).format(run=path)
        )
    return run


def _is_launched() -> bool:
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys() or SHARED_STORE in os.environ


def _exit_with_leader() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
