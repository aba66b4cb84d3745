"""Waits in the queue before torch is imported, so the process is small and Ctrl-C works at once."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol

from nn_core.i18n import _
from nn_core.jobs.launcher import list_inherited_arguments
from nn_core.jobs.process import catch_stop_signals
from nn_core.runs import RunFolder, RunLock
from nn_core.runs.queue import QueueEntry, Slots, get_queue_folder, get_queue_position, wait_for_slot

__all__ = ["inherit_queue_entry", "reexec", "wait_in_queue"]


class _Reporter(Protocol):
    def line(self, text: str) -> None: ...


def inherit_queue_entry(run: RunFolder, slots: Sequence[int] | None, entry: int | None) -> Slots | QueueEntry | None:
    """Return the slots or the queue entry that the starting process passed as open file descriptors."""
    if entry is not None:
        return QueueEntry.inherited(get_queue_folder(run.path.parent), entry)
    return Slots(slots) if slots else None


def reexec(run: RunFolder, lock: RunLock, place: Slots | QueueEntry) -> NoReturn:
    """Restart this process with the lock and the slots or the queue entry, but without torch, which holds memory and has listed the
    graphics cards already."""
    for descriptor in (lock.descriptor, *place.descriptors):
        os.set_inheritable(descriptor, True)
    arguments = ["-m", "nn_core", "resume", run.path, *list_inherited_arguments(lock, place)]
    os.execve(sys.executable, [sys.executable, *map(str, arguments)], {**os.environ, **place.environment})


def wait_in_queue(run: RunFolder, entry: QueueEntry, reporter: _Reporter) -> Slots | None:
    """Wait for the run's slots. Returns None if the run was stopped or deleted meanwhile; the status then says so."""
    signals: list[int] = []

    def report_position() -> None:
        reporter.line(
            _("Waiting for a free device. Position in the queue: {place}.").format(place=get_queue_position(run.path))
        )

    with catch_stop_signals(lambda number, _frame: signals.append(number)):
        run.write_status(run.status().model_copy(update={"status": "queued", "pid": os.getpid()}))
        slots = wait_for_slot(
            run, entry, lambda: bool(signals) or run.take_stop_request() or not run.path.exists(), report_position
        )
    if not run.path.exists():
        return None
    if slots is None:
        reporter.line(_("Stopped while waiting in the queue."))
        run.write_status(run.status().model_copy(update={"status": "stopped"}))
    return slots
