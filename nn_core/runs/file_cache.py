"""Caches what was read from files until they change."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

__all__ = [
    "FileCache",
]

_MOST = 10_000
_SETTLED_NS = 50_000_000  # a file's time is that of a clock which may tick but every ten milliseconds

Read = TypeVar("Read")


class FileCache:
    """Remembers what was made of a file, for as long as it is the same file of the same size and time. Safe to use from several
    threads; what it gives is shared, so it must not be changed.

    most: files that are remembered; of more, those that were read first are forgotten. An error is never remembered, nor is
    what was read within a moment of the file's last change: it may be changed again without looking any different.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Path, tuple[tuple[int, ...], Any]] = {}
        self._lock = threading.Lock()

    def of(self, file: Path, read: Callable[[Path], Read]) -> Read:
        """`read(file)`, unless that is known: the same `read` each time. Raises what it raises; a file that is gone is left to it."""
        found = _identity(file)
        known = self._known.get(file)
        if found and known and known[0] == found:
            answer: Read = known[1]
            return answer
        began = time.time_ns()
        answer = read(file)
        with self._lock:
            self._known.pop(file, None)
            if found and found == _identity(file) and began - max(found[2:]) > _SETTLED_NS:
                self._known[file] = found, answer
                if len(self._known) > self._most:
                    del self._known[next(iter(self._known))]
        return answer


def _identity(file: Path) -> tuple[int, ...]:
    """Inode, size and times; empty where there is no such file."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
