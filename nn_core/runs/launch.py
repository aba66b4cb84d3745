"""Starts the process that trains a run."""

from nn_core.runs.folder import RunFolder
from nn_core.runs.process import start_process
from nn_core.runs.spare import SpareWorkers
from nn_core.runs.storing import storing

__all__ = ["launch"]


def launch(run: RunFolder, spares: SpareWorkers | None = None) -> int:
    """Begin or go on with a run in a process of its own, and return its id. Raises BadInput if it cannot go
    on, RunBusy if a process is at it already, StorageFailed when the disk takes no more.

    The process outlives this one. It inherits the run's lock, so there is no moment in which the run looks interrupted.

    spares: where one of these is ready, it trains the run, which then begins at once; otherwise a fresh process does.
    """
    run.must_be_able_to_go_on()
    lock = run.lock()
    try:
        status = run.status().model_copy(update={"status": "queued", "activity": "starting", "message": ""})
        with storing(run.path):
            run.write_status(status)
            log = run.log_file.open("ab")
        with log:
            process = spares.take_over(run.path, lock, log) if spares else None
            if process is None:
                arguments = ["resume", run.path, "--lock-descriptor", lock.descriptor]
                process = start_process(arguments, [lock.descriptor], log)
    finally:
        lock.release()
    return process.pid
