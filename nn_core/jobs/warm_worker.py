"""Keeps a process ready that has imported all that training needs, so that a run begins at once."""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import IO

from nn_core.jobs.process import start_process
from nn_core.jobs.warm_protocol import Order, hand_over, is_ready
from nn_core.paths import PROJECT
from nn_core.runs.lock import RunLock
from nn_core.runs.queue import Slots

__all__ = ["WarmWorkers"]

_PAUSE_SECONDS = 1.0  # importing takes a core for two seconds, which a run that begins may need for its first pictures
_IMPORT_SECONDS = 10.0  # of a spare that takes longer nothing is expected any more


class WarmWorkers:
    """At most one process that waits for a run. Several threads may use it at once.

    An object that is passed to `launch`, and no state of this module: only who wants a spare worker has one. It ends with
    whoever holds it, however that ends.
    """

    def __init__(self, sources: Path = PROJECT / "nn_core") -> None:
        """sources: a spare that began before these changed is not used, for it knows nothing of, say, a new network."""
        self._sources = sources
        self._changing = threading.Lock()
        self._spare: _Spare | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process that waits."""
        with self._changing:
            return self._spare.process.pid if self._spare else None

    @property
    def ready(self) -> bool:
        """Whether a run that is launched now begins at once."""
        with self._changing:
            return self._spare is not None and self._spare.is_ready()

    def keep(self) -> None:
        """Start one, unless there is one; from then on each that was used is replaced."""
        with self._changing:
            if self._spare is None and not self._closed:
                self._spare = _Spare(_changed_at(self._sources))

    def close(self) -> None:
        """End the one that waits, and keep none any more."""
        with self._changing:
            spare, self._spare = self._spare, None
            self._closed = True
        if spare:
            spare.end()

    def take_over(self, run: Path, lock: RunLock, slots: Slots, log: IO[bytes]) -> Popen[bytes] | None:
        """The process that trains the run from now on; None when none was ready, and then nobody has begun."""
        spare = self._take()
        if spare is None:
            return None
        self._replace_soon()
        try:
            environment = {**os.environ, **slots.environment}
            hand_over(spare.socket, Order(run, environment, lock.descriptor, log.fileno(), slots.descriptors))
        except OSError:
            spare.end()
            return None
        spare.socket.close()
        return spare.process

    def _take(self) -> "_Spare | None":
        """Whoever gets the spare is the only one. The rest of its import is waited for: a fresh process would begin later."""
        with self._changing:
            spare, self._spare = self._spare, None
        if spare is None:
            return None
        if spare.sources_changed_at == _changed_at(self._sources) and spare.becomes_ready():
            return spare
        spare.end()
        self._replace_soon()
        return None

    def _replace_soon(self) -> None:
        timer = threading.Timer(_PAUSE_SECONDS, self.keep)
        timer.daemon = True
        timer.start()


class _Spare:
    """One process, and our end of the pair of sockets. When that closes, the process ends."""

    def __init__(self, sources_changed_at: int) -> None:
        self.sources_changed_at = sources_changed_at
        self._ready = False
        self._began = time.monotonic()
        self.socket, theirs = socket.socketpair()
        with theirs:
            self.process = start_process(["spare", theirs.fileno()], [theirs.fileno()])

    def becomes_ready(self) -> bool:
        return self.is_ready(max(0.0, self._began + _IMPORT_SECONDS - time.monotonic()))

    def is_ready(self, patience_seconds: float = 0.0) -> bool:
        """False for one that still imports, and for one that has died of it."""
        if not self._ready:
            with suppress(OSError):
                self._ready = is_ready(self.socket, patience_seconds)
        return self._ready

    def end(self) -> None:
        """At once: it may hold a run's lock without having said so."""
        self.socket.close()
        self.process.kill()


def _changed_at(sources: Path) -> int:
    return max((file.stat().st_mtime_ns for file in sources.rglob("*.py")), default=0)
