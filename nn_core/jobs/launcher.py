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


def launch_run(run: RunFolder, spares: WarmWorkers | None = None) -> int:
    """Begin or go on with a run in a process of its own, and return its id. Raises BadInput if it cannot go
    on, RunBusy if a process is at it already, StorageFailed when the disk takes no more.

    The process outlives this one. It inherits the run's lock, so there is no moment in which the run looks interrupted; and
    its slots, or the ticket to wait with, so that runs begin in the order in which they were launched.

    spares: where one of these is ready and a slot is free, it trains the run, which then begins at once; otherwise a fresh
    process does.
    """
    run.must_be_able_to_go_on()
    lock = run.lock()
    try:
        status = run.status().model_copy(
            update={"status": "queued", "activity": "starting", "message": "", "pid": None}
        )
        with translate_storage_errors(run.path):
            run.write_status(status)
            log = run.log_file.open("ab")
        with log, closing(acquire_or_enqueue(run)) as turn:
            process = None
            if spares and isinstance(turn, Slots):
                process = spares.take_over(run.path, lock, turn, log)
            if process is None:
                arguments = ["resume", run.path, *list_inherited_arguments(lock, turn)]
                process = start_process(arguments, [lock.descriptor, *turn.descriptors], log, turn.environment)
    finally:
        lock.release()
    return process.pid


def list_inherited_arguments(lock: RunLock, turn: Slots | QueueEntry) -> list[object]:
    """The arguments that tell a process which descriptors it inherits."""
    kind = "--slot-descriptor" if isinstance(turn, Slots) else "--ticket-descriptor"
    each = [[kind, descriptor] for descriptor in turn.descriptors]
    return ["--lock-descriptor", lock.descriptor, *chain.from_iterable(each)]
