"""Starts the process that trains a run."""

import subprocess
import sys

from nn_core.places import PROJECT
from nn_core.runs.folder import RunFolder
from nn_core.runs.storing import storing

__all__ = ["launch"]


def launch(run: RunFolder) -> int:
    """Begin or go on with a run in a process of its own, and return its id. Raises BadInput if it cannot go
    on, RunBusy if a process is at it already, StorageFailed when the disk takes no more.

    The process outlives this one. It inherits the run's lock, so there is no moment in which the run looks interrupted.
    """
    run.must_be_able_to_go_on()
    lock = run.lock()
    try:
        status = run.status().model_copy(update={"status": "queued", "activity": "starting", "message": ""})
        with storing(run.path):
            run.write_status(status)
            log = run.log_file.open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "nn_core", "resume", str(run.path), "--lock-descriptor", str(lock.descriptor)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.descriptor],
            )
    finally:
        lock.release()
    return process.pid
