"""Starts the worker process of a run."""

from contextlib import closing
from itertools import chain

from nn_core.jobs.process import start_process
from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.folder import RunFolder
from nn_core.runs.lock import RunLock
from nn_core.runs.queue import QueueEntry, Slots, acquire_or_enqueue

__all__ = [
    "launch_run",
    "list_inherited_arguments",
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
    lock = run.lock()
    try:
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
                arguments = ["resume", run.path, *list_inherited_arguments(lock, place)]
                process = start_process(arguments, [lock.descriptor, *place.descriptors], log, place.environment)
    finally:
        lock.release()
    return process.pid


def list_inherited_arguments(lock: RunLock, place: Slots | QueueEntry) -> list[object]:
    """Return the command-line arguments that tell a process which descriptors it inherits."""
    kind = "--slot-descriptor" if isinstance(place, Slots) else "--ticket-descriptor"
    pairs = [[kind, descriptor] for descriptor in place.descriptors]
    return ["--lock-descriptor", lock.descriptor, *chain.from_iterable(pairs)]
