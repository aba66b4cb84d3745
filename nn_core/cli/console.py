"""Trains a run in this process once slots are free, and shows its progress on the console."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.formatting import format_duration, format_percent
from nn_core.i18n import _
from nn_core.jobs.launcher import reexec, wait_in_queue
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunLock, RunStatus
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue

if TYPE_CHECKING:
    from nn_core.distributed.rendezvous import Launch

__all__ = ["Console", "pause_gc", "run_foreground"]


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
