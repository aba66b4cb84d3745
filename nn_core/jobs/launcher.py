"""Starts the process of a run and passes it what it needs: the run's lock, and its slots or its place in the queue.

A process that has to wait in the queue does so before torch is imported, so it is small and Ctrl-C works at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from types import FrameType
from typing import IO, TYPE_CHECKING, NoReturn

from nn_core.i18n import _
from nn_core.paths import PROJECT
from nn_core.runs import RunFolder, RunLock
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.queue import (
    QueueEntry,
    Slots,
    acquire_or_enqueue,
    get_queue_folder,
    get_queue_position,
    wait_for_slot,
)

if TYPE_CHECKING:
    from nn_core.jobs.warm_worker import WarmWorkers

__all__ = [
    "catch_stop_signals",
    "inherit_queue_entry",
    "launch_run",
    "reexec",
    "start_process",
    "wait_in_queue",
]


def launch_run(run: RunFolder, warm_workers: WarmWorkers | None = None) -> int:
    """Start or resume a run in a process of its own, and return the process id.

    The process outlives this one. It inherits the run's lock, so that the run never looks interrupted, and its slots or queue
    entry, so that runs start in the order in which they were launched.

    Args:
        warm_workers: If one is ready and a slot is free, it trains the run without a delay; otherwise a new process does.

    Raises:
        BadInput: The run cannot be resumed.
        RunBusy: A process works on the run already.
        StorageFailed: The disk is full or read-only.
    """
    run.check_resumable()
    with run.lock() as lock:
        status = run.status().model_copy(
            update={"status": "queued", "activity": "starting", "message": "", "pid": None}
        )
        with translate_storage_errors(run.path):
            run.write_status(status)
            log = run.log_file.open("ab")
        with log, closing(acquire_or_enqueue(run)) as place:
            process = None
            if warm_workers and isinstance(place, Slots):
                process = warm_workers.hand_over_run(run.path, lock, place, log)
            if process is None:
                arguments = ["resume", run.path, *_list_inherited_arguments(lock, place)]
                process = start_process(arguments, [lock.descriptor, *place.descriptors], log, place.environment)
    return process.pid


def start_process(
    arguments: Iterable[object],
    descriptors: Iterable[int],
    output: IO[bytes] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; it leaves no zombie.

    Args:
        descriptors: The open file descriptors that it inherits, besides the standard streams.
        environment: Environment variables that differ from this process's.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "nn_core", *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        pass_fds=list(descriptors),
    )
    threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True).start()
    return process


def _list_inherited_arguments(lock: RunLock, place: Slots | QueueEntry) -> list[object]:
    """Return the command-line arguments that tell a process which descriptors it inherits."""
    kind = "--slot-descriptor" if isinstance(place, Slots) else "--ticket-descriptor"
    pairs = [[kind, descriptor] for descriptor in place.descriptors]
    return ["--lock-descriptor", lock.descriptor, *chain.from_iterable(pairs)]


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
    arguments = ["-m", "nn_core", "resume", run.path, *_list_inherited_arguments(lock, place)]
    os.execve(sys.executable, [sys.executable, *map(str, arguments)], {**os.environ, **place.environment})


@contextmanager
def catch_stop_signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call `handle` for SIGINT and SIGTERM inside; afterwards the previous handlers are restored."""
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_in_queue(run: RunFolder, entry: QueueEntry, report: Callable[[str], object]) -> Slots | None:
    """Wait for the run's slots. Returns None if the run was stopped or deleted meanwhile; the status then says so."""
    signals: list[int] = []

    def report_position() -> None:
        report(
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
        report(_("Stopped while waiting in the queue."))
        run.write_status(run.status().model_copy(update={"status": "stopped"}))
    return slots
