"""Trains a run in this very process when its turn has come, and shows on the console how it goes."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.cli.queue_wait import reexec, wait_in_queue
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunLock, RunStatus
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue

if TYPE_CHECKING:
    from nn_core.distributed.rendezvous import Launch

__all__ = ["Console", "pause_gc", "run_foreground"]


def run_foreground(
    run: RunFolder, lock: RunLock, turn: Slots | QueueEntry | None = None, launch: "Launch | None" = None
) -> None:
    """For whoever holds the run's lock. Raises NNLabError.

    turn: what was drawn for the run already. Where it has to wait, before it begins or after a pause, or is given some of several
    graphics cards, this process begins anew, without torch, and does not come back from here. launch: the processes that share
    the run, if somebody started them, who then chose their devices as well: such a run waits in no queue.
    """
    console = Console(run)
    if launch:
        from nn_core.jobs.runner import run_worker

        launch.remember_run(run)
        run_worker(run, get_data_folder(), console, launch=launch)
        return
    turn = turn or acquire_or_enqueue(run)
    if "torch" in sys.modules and (isinstance(turn, QueueEntry) or turn.environment):
        reexec(run, lock, turn)
    if isinstance(turn, QueueEntry):
        turn = wait_in_queue(run, turn, console)
    if turn is None:
        return
    os.environ.update(turn.environment)
    with pause_gc():
        from nn_core.jobs.runner import run_worker

    ticket = run_worker(run, get_data_folder(), console, turn)
    if ticket:
        reexec(run, lock, ticket)


@contextmanager
def pause_gc() -> Iterator[None]:
    """Around the import of torch: looking for garbage there finds none, and takes a tenth of that time."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


class Console:
    """Shows a run's progress on stderr, and keeps its lines in worker.log."""

    def __init__(self, run: RunFolder) -> None:
        self.log = run.log_file if sys.stderr.isatty() or not self._is_stderr(run.log_file) else None
        self.shown = False

    def line(self, text: str) -> None:
        self._clear()
        with suppress(BrokenPipeError):  # whoever read along has gone; the run goes on
            print(text, file=sys.stderr, flush=True)
        if self.log:
            with self.log.open("a", encoding="utf-8") as log:
                print(text, file=log)

    def progress(self, status: RunStatus) -> None:
        if not sys.stderr.isatty() or not status.steps:
            return
        left = _(", {seconds:.0f} s left").format(seconds=status.remaining_seconds) if status.remaining_seconds else ""
        self._clear()
        print(
            _("{progress} done{left}").format(progress=format_percent(status.progress, 0), left=left),
            end="\r",
            file=sys.stderr,
            flush=True,
        )
        self.shown = True

    def _clear(self) -> None:
        if self.shown:
            print(" " * 40, end="\r", file=sys.stderr)
            self.shown = False

    @staticmethod
    def _is_stderr(file: Path) -> bool:
        """The app hands worker.log down as our stderr."""
        try:
            return os.path.samestat(os.fstat(sys.stderr.fileno()), file.stat())
        except (OSError, ValueError):
            return False
