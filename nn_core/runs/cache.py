"""Caches of what was read from run folders: files that have not changed, and curves that have only grown."""

import itertools
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from nn_core.runs.files import RunFiles
from nn_core.runs.metrics import History, get_identity

__all__ = ["FileCache", "HistoryCache"]

_MAX_FILES = 10_000
_MIN_AGE_NS = 50_000_000  # file systems may update a file's time only every ten milliseconds
_MAX_POINTS = 4_000_000  # of all runs together: about 100 MB
_MIN_CACHED_SECONDS = 20.0
_GENERATION_STEP = 1_000  # a history may restart this often before its numbers collide with another's

Content = TypeVar("Content")


class FileCache:
    """Keeps what was read from files for as long as their size and times stay the same. Thread-safe; do not change the results.

    Errors are not cached. Neither is a file that was changed a moment ago, because it could change again within the same
    timestamp.
    """

    def __init__(self, max_files: int = _MAX_FILES) -> None:
        """max_files: beyond this number, the files that were read first are dropped."""
        self._max_files = max_files
        # Any: a file's content has the type that its `read` returns.
        self._cached: dict[Path, tuple[tuple[int, ...], Any]] = {}
        self._lock = threading.Lock()

    def read(self, file: Path, read: Callable[[Path], Content]) -> Content:
        """Return `read(file)`, from the cache if possible. Pass the same function for the same file each time.

        Raises:
            Exception: All that `read` raises, for a missing file too.
        """
        identity = _get_identity(file)
        cached = self._cached.get(file)
        if identity and cached and cached[0] == identity:
            cached_content: Content = cached[1]
            return cached_content
        started = time.time_ns()
        content = read(file)
        with self._lock:
            self._cached.pop(file, None)
            if identity and identity == _get_identity(file) and started - max(identity[2:]) > _MIN_AGE_NS:
                self._cached[file] = identity, content
                if len(self._cached) > self._max_files:
                    del self._cached[next(iter(self._cached))]
        return content


def _get_identity(file: Path) -> tuple[int, ...]:
    """Return inode, size and times; empty for a missing file."""
    try:
        return get_identity(file.stat())
    except OSError:
        return ()


@dataclass
class _Cached:
    history: History
    lock: threading.Lock = field(default_factory=threading.Lock)
    used_at: float = 0.0


class HistoryCache:
    """A `History` for each run that is viewed. Thread-safe."""

    def __init__(self, max_points: int = _MAX_POINTS, clock: Callable[[], float] = time.monotonic) -> None:
        """Create an empty cache.

        Args:
            max_points: Beyond this, runs that were not viewed in the last seconds are dropped, least recently viewed first.
            clock: Returns seconds.
        """
        self._max_points = max_points
        self._clock = clock
        self._cached: dict[Path, _Cached] = {}
        self._lock = threading.Lock()
        # A history that is read again must not be mistaken for the one whose points a browser has.
        self._generations = itertools.count(step=_GENERATION_STEP)

    def read(self, run: RunFiles, on_progress: Callable[[float], object] = lambda fraction: None) -> History:
        """Read what the run has written so far. The result does not change, except that values may be appended.

        Args:
            on_progress: Called with the fraction that has been read, if the file is long.
        """
        cached = self._get(run.metrics_file)
        while True:
            with cached.lock:
                fraction = cached.history.read_block()
                history = copy(cached.history)
            if fraction == 1:
                return history
            on_progress(fraction)  # without the lock, so that viewers of the same file take turns

    def _get(self, file: Path) -> _Cached:
        with self._lock:
            if file not in self._cached:
                self._evict()
                self._cached[file] = _Cached(History(file, next(self._generations)))
            cached = self._cached[file]
            cached.used_at = self._clock()
            return cached

    def _evict(self) -> None:
        now = self._clock()
        points = sum(cached.history.points for cached in self._cached.values())
        for file, cached in sorted(self._cached.items(), key=lambda item: item[1].used_at):
            if points <= self._max_points or now - cached.used_at < _MIN_CACHED_SECONDS:
                return
            points -= cached.history.points
            del self._cached[file]
