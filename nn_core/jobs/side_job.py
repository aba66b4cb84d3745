"""A computation about a run in a process of its own, beside its training: one of each name at a time, with progress and cancel.

Its files are in one folder: `<name>.job` (progress), `<name>.lock` (locked while it lives) and `<name>.cancel`. The process that starts it
takes the lock and passes it on. So a job that was killed is recognised: it says that it runs, but no one holds its lock. A job writes its
results with `nn_core.atomic_io`, because a cancelled one ends at once.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nn_core.atomic_io import replace_bytes_quickly
from nn_core.errors import NNLabError, RunBusy
from nn_core.i18n import _
from nn_core.jobs.launcher import start_process
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.lock import is_locked, try_lock

__all__ = ["JobStatus", "Reporter", "SideJob"]

State = Literal["none", "running", "cancelling", "cancelled", "interrupted", "finished", "failed"]

_NICENESS = 10  # training and pages come first
_REPORT_SECONDS = 0.2  # at least, between two writes of the progress
_PATIENCE_SECONDS = 0.5  # is_locked() takes the lock for a moment


class JobStatus(BaseModel):
    """What is known about a job.

    Attributes:
        state: none before the first one; interrupted if its process ended without a word.
        done: how much is done.
        total: of how much; 0 until that is known.
        text: what it does now, or why it failed.
        pid: of its process.
    """

    model_config = ConfigDict(frozen=True)

    state: State = "none"
    done: int = 0
    total: int = 0
    text: str = ""
    pid: int | None = None

    @property
    def is_active(self) -> bool:
        return self.state in ("running", "cancelling")

    @property
    def fraction(self) -> float:
        """Of the work that is done, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True)
class SideJob:
    """A job of this name. folder: where its files are; for a job about a run its `results`."""

    folder: Path
    name: str

    def status(self) -> JobStatus:
        """Read how far it is."""
        written = self._read()
        if is_locked(self._lock_file):
            state: State = "cancelling" if self._cancel_file.exists() else "running"
            # Until the process has written something, the file is that of the job before.
            return written.model_copy(update={"state": state}) if written.state == "running" else JobStatus(state=state)
        if written.state == "running":
            written = self._read()  # it may have ended after the first read
        if written.state == "running":
            state = "cancelled" if self._cancel_file.exists() else "interrupted"
            return written.model_copy(update={"state": state})
        return written

    def launch(self, arguments: Iterable[object]) -> int:
        """Start `python -m nn_core …` as this job, and return the process id. The command must enter `work` with the descriptor
        that it gets as `--lock-descriptor`.

        Raises:
            RunBusy: it runs already.
            StorageFailed: the disk is full or read-only.
        """
        descriptor = self._acquire()
        try:
            return start_process([*arguments, "--lock-descriptor", descriptor], [descriptor]).pid
        finally:
            os.close(descriptor)

    def cancel(self) -> None:
        """End the job at once; nothing happens if none is running."""
        if not is_locked(self._lock_file):
            return
        with translate_storage_errors(self.folder):
            self._cancel_file.touch()
        pid = self._read().pid
        if pid is not None and is_locked(self._lock_file):  # then the process with this id is the job, and no later one
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)

    @contextmanager
    def work(self, descriptor: int | None = None) -> Iterator[Reporter]:
        """Be the job: inside, the lock is held; afterwards the files say how it ended.

        Args:
            descriptor: of the lock, if the starting process took it. Then this process gives way to others.

        Raises:
            RunBusy: it runs already.
            KeyboardInterrupt: it was cancelled before it began.
        """
        if descriptor is None:
            descriptor = self._acquire()
        else:
            os.nice(_NICENESS)
        reporter = Reporter(self)
        before = signal.getsignal(signal.SIGINT)
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, reporter.interrupt)
        try:
            reporter.write(JobStatus(state="running", pid=os.getpid()))
            reporter.report(0, 0, "")
            yield reporter
            reporter.end("finished")
        except KeyboardInterrupt:
            reporter.end("cancelled")
            raise
        except (NNLabError, OSError, MemoryError) as error:
            reporter.end("failed", str(error) or type(error).__name__)
            raise
        finally:
            if before is signal.default_int_handler:
                signal.signal(signal.SIGINT, before)
            os.close(descriptor)

    def _acquire(self) -> int:
        """Take the lock and delete what an earlier job left."""
        with translate_storage_errors(self.folder):
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while (descriptor := try_lock(self._lock_file)) is None:
                if time.monotonic() > deadline:
                    raise RunBusy(
                        _("This is being computed already: wait until it is done, or cancel it on the page Evaluate.")
                    )
                time.sleep(0.02)
            for file in (self._cancel_file, self._job_file, *self.folder.glob(f".{self.name}.*.tmp")):
                file.unlink(missing_ok=True)
        return descriptor

    def _read(self) -> JobStatus:
        try:
            return JobStatus.model_validate_json(self._job_file.read_bytes())
        except (OSError, ValidationError):
            return JobStatus()

    @property
    def _job_file(self) -> Path:
        return self.folder / f"{self.name}.job"

    @property
    def _lock_file(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def _cancel_file(self) -> Path:
        return self.folder / f"{self.name}.cancel"

    @property
    def is_cancelled(self) -> bool:
        """Whether someone asked to cancel it."""
        return self._cancel_file.exists()


class Reporter:
    """Writes the progress of a job, from within it."""

    def __init__(self, job: SideJob) -> None:
        self._job = job
        self._status = JobStatus()
        self._written_at = 0.0
        self._is_interrupted = False

    def interrupt(self, _signal: int, _frame: object) -> None:
        """End the job because of Ctrl-C. Code that ignores exceptions, such as a callback of a library, may lose the KeyboardInterrupt;
        then the next report raises it."""
        self._is_interrupted = True
        raise KeyboardInterrupt

    def report(self, done: int, total: int, text: str) -> None:
        """Say how far the job is. text: what it does now. Raises KeyboardInterrupt if it was cancelled."""
        if self._is_interrupted or self._job.is_cancelled:
            raise KeyboardInterrupt
        status = self._status.model_copy(update={"done": done, "total": total, "text": text})
        if time.monotonic() - self._written_at >= _REPORT_SECONDS:
            self.write(status)
        self._status = status

    def end(self, state: State, text: str = "") -> None:
        """Say how the job ended. The disk may be full; then it looks interrupted."""
        with suppress(OSError):
            self.write(self._status.model_copy(update={"state": state, "text": text}))

    def write(self, status: JobStatus) -> None:
        """Write the file. Raises OSError."""
        replace_bytes_quickly(self._job._job_file, status.model_dump_json().encode())
        self._status, self._written_at = status, time.monotonic()
