"""The lock that a worker holds on its run folder (flock on `run.lock`).

The system releases it however the process ends, so a run with the status "running" whose lock is free was interrupted.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from nn_core.errors import RunBusy
from nn_core.i18n import _

__all__ = ["RunLock", "is_locked", "try_lock"]

_PATIENCE_SECONDS = 0.5  # is_locked() takes the lock for a moment


class RunLock:
    """A lock that is held from construction until `release`, or until every process that inherited `descriptor` has ended."""

    def __init__(self, file: Path) -> None:
        """Take the lock. Raises RunBusy if another process holds it, OSError if there is no folder."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (descriptor := try_lock(file)) is None:
            if time.monotonic() > deadline:
                raise RunBusy(
                    _(
                        "Another process is working on '{run}'. Wait until it has finished, or stop it: python -m nn_core stop '{run}'."
                    ).format(run=file.parent.name)
                )
            time.sleep(0.02)
        self.descriptor = descriptor

    @classmethod
    def inherited(cls, descriptor: int) -> "RunLock":
        """Use the lock that the starting process took and passed as an open file descriptor."""
        lock = cls.__new__(cls)
        lock.descriptor = descriptor
        return lock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Release the lock, unless another process inherited it."""
        os.close(self.descriptor)


def try_lock(file: Path) -> int | None:
    """Lock the file and return its open descriptor; None while another process holds the lock. Raises OSError."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(file: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
