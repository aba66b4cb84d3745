"""The curves of runs, read once for all viewers."""

import itertools
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from nn_core.runs.folder import RunFolder
from nn_core.runs.metrics import History

__all__ = ["HistoryCache"]

_MOST_POINTS = 4_000_000  # of all runs together: about 100 MB


_LOOKED_AT_SECONDS = 20.0


_GENERATIONS = 1_000  # how often a history may be cut before its numbers are another's


@dataclass
class _Shared:
    history: History
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen_at: float = 0.0


class HistoryCache:
    """A `History` for each run that somebody looks at. Safe to use from several threads.

    most_points: beyond that many, runs are forgotten that nobody looked at in the last seconds, the longest unseen first.
    clock: seconds.
    """

    def __init__(self, most_points: int = _MOST_POINTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_points = most_points
        self._clock = clock
        self._shared: dict[Path, _Shared] = {}
        self._lock = threading.Lock()
        # A history that is read again must not be taken for the one that a browser holds points of.
        self._generations = itertools.count(step=_GENERATIONS)

    def read(self, run: RunFolder, told: Callable[[float], object] = lambda share: None) -> History:
        """What the run has written so far; it stays so while others read on, but for values that are appended.

        told: is told the share that has been read, wherever there is more than a moment's work.
        """
        shared = self._of(run.metrics_file)
        while True:
            with shared.lock:
                share = shared.history.read_on()
                read = copy(shared.history)
            if share == 1:
                return read
            told(share)  # others may read a block meanwhile: all that wait for the same file take turns

    def _of(self, file: Path) -> _Shared:
        with self._lock:
            if file not in self._shared:
                self._make_room()
                self._shared[file] = _Shared(History(file, next(self._generations)))
            found = self._shared[file]
            found.seen_at = self._clock()
            return found

    def _make_room(self) -> None:
        now = self._clock()
        points = sum(each.history.points for each in self._shared.values())
        for file, each in sorted(self._shared.items(), key=lambda item: item[1].seen_at):
            if points <= self._most_points or now - each.seen_at < _LOOKED_AT_SECONDS:
                return
            points -= each.history.points
            del self._shared[file]
