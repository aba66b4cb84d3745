"""Caches what was read from files until they change."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["FileCache"]

_MAX_FILES = 10_000
_MIN_AGE_NS = 50_000_000  # file systems may update a file's time only every ten milliseconds

Content = TypeVar("Content")


class FileCache:
    """Keeps what was read from files for as long as their size and times stay the same. Thread-safe; do not change the results.

    Errors are not cached. Neither is a file that was changed a moment ago, because it could change again within the same
    timestamp.
    """

    def __init__(self, max_files: int = _MAX_FILES) -> None:
        """max_files: beyond this number, the files that were read first are dropped."""
        self._max_files = max_files
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
        info = file.stat()
    except OSError:
        return ()
    return info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns
