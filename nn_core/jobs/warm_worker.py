"""Keeps a process ready that has imported everything that training needs, so that a run starts without a delay."""

import os
import socket
import threading
import time
from pathlib import Path
from subprocess import Popen
from typing import IO

from nn_core.jobs.launcher import start_process
from nn_core.jobs.warm_protocol import Order, hand_over, is_ready
from nn_core.paths import PROJECT
from nn_core.runs.lock import RunLock
from nn_core.runs.queue import Slots

__all__ = ["WarmWorkers"]

_RESTART_DELAY_SECONDS = (
    1.0  # before the next one is started: importing takes a core for two seconds, which the run needs to start
)
_MAX_IMPORT_SECONDS = 10.0  # a process that takes longer is replaced


class WarmWorkers:
    """At most one process that waits for a run. Thread-safe.

    It is an object instead of module state, so that only those who pass it to `launch_run` have a warm worker. The process ends
    with this one, however this one ends.
    """

    def __init__(self, sources: Path = PROJECT / "nn_core") -> None:
        """sources: a worker that was started before these files changed is not used; it would not know a new network."""
        self._sources = sources
        self._lock = threading.Lock()
        self._worker: _WarmWorker | None = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Id of the process that waits."""
        with self._lock:
            return self._worker.process.pid if self._worker else None

    @property
    def is_ready(self) -> bool:
        """Whether a run that is launched now starts without a delay."""
        with self._lock:
            return self._worker is not None and self._worker.is_ready()

    def keep(self) -> None:
        """Start a process unless one waits; from now on, each one that is used is replaced."""
        with self._lock:
            if self._worker is None and not self._is_closed:
                self._worker = _WarmWorker(_find_last_change(self._sources))

    def close(self) -> None:
        """End the process that waits, and start no more."""
        with self._lock:
            worker, self._worker = self._worker, None
            self._is_closed = True
        if worker:
            worker.end()

    def hand_over_run(self, run: Path, lock: RunLock, slots: Slots, log: IO[bytes]) -> Popen[bytes] | None:
        """Hand a run over. Returns the process that trains it from now on; None when none was ready, and then none has started."""
        worker = self._take()
        if worker is None:
            return None
        self._replace_soon()
        try:
            environment = {**os.environ, **slots.environment}
            hand_over(worker.socket, Order(run, environment, lock.descriptor, log.fileno(), slots.descriptors))
        except OSError:
            worker.end()
            return None
        worker.socket.close()
        return worker.process

    def _take(self) -> "_WarmWorker | None":
        """Take the worker for one run. Waits for the rest of its import, because a new process would start later."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is None:
            return None
        patience_seconds = max(0.0, worker.started_at + _MAX_IMPORT_SECONDS - time.monotonic())
        if worker.sources_changed_at == _find_last_change(self._sources) and worker.is_ready(patience_seconds):
            return worker
        worker.end()
        self._replace_soon()
        return None

    def _replace_soon(self) -> None:
        timer = threading.Timer(_RESTART_DELAY_SECONDS, self.keep)
        timer.daemon = True
        timer.start()


class _WarmWorker:
    """One process, and this side of the pair of sockets. The process ends when the socket is closed."""

    def __init__(self, sources_changed_at: int) -> None:
        self.sources_changed_at = sources_changed_at
        self._is_ready = False
        self.started_at = time.monotonic()
        self.socket, other_side = socket.socketpair()
        with other_side:
            self.process = start_process(["spare", other_side.fileno()], [other_side.fileno()])

    def is_ready(self, patience_seconds: float = 0.0) -> bool:
        """Whether the process has imported everything. False if it still imports or has ended."""
        self._is_ready = self._is_ready or is_ready(self.socket, patience_seconds)
        return self._is_ready

    def end(self) -> None:
        """Kill the process, because it may hold a run's lock without having confirmed it."""
        self.socket.close()
        self.process.kill()


def _find_last_change(sources: Path) -> int:
    return max((file.stat().st_mtime_ns for file in sources.rglob("*.py")), default=0)
