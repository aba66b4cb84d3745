"""A run's process while it waits for its turn: small, without torch, and to be called off at any moment."""

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


def inherit_queue_entry(run: RunFolder, slots: Sequence[int] | None, ticket: int | None) -> Slots | QueueEntry | None:
    """What the starting process drew for the run and handed down as open descriptors."""
    if ticket is not None:
        return QueueEntry.inherited(get_queue_folder(run.path.parent), ticket)
    return Slots(slots) if slots else None


def reexec(run: RunFolder, lock: RunLock, turn: Slots | QueueEntry) -> NoReturn:
    """Begin this process from the start, with the lock and what was drawn, but without torch and all that it holds in memory or
    knows of graphics cards."""
    for descriptor in (lock.descriptor, *turn.descriptors):
        os.set_inheritable(descriptor, True)
    arguments = ["-m", "nn_core", "resume", run.path, *list_inherited_arguments(lock, turn)]
    os.execve(sys.executable, [sys.executable, *map(str, arguments)], {**os.environ, **turn.environment})


def wait_in_queue(run: RunFolder, ticket: QueueEntry, reporter: _Reporter) -> Slots | None:
    """The slots, once it is the run's turn; None where somebody stopped it before, as the run's status then says."""
    asked: list[int] = []

    def tell() -> None:
        reporter.line(
            _("Waiting for a free device, at place {place} of the queue.").format(place=get_queue_position(run.path))
        )

    with catch_stop_signals(lambda number, _frame: asked.append(number)):
        run.write_status(run.status().model_copy(update={"status": "queued", "pid": os.getpid()}))
        slots = wait_for_slot(
            run, ticket, lambda: bool(asked) or run.take_stop_request() or not run.path.exists(), tell
        )
    if not run.path.exists():
        return None
    if slots is None:
        reporter.line(_("Stopped before its turn came."))
        run.write_status(run.status().model_copy(update={"status": "stopped"}))
    return slots
