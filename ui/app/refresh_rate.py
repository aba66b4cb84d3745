"""How often the live views of a server are shown anew: more rarely, the more people watch, for training needs the processor."""

import math
import secrets
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

__all__ = ["Audience", "get_audience", "get_viewer"]

_SHARE = 0.10  # of one core, for all live views of the server together
_SENDING = 2.2  # what a tick costs the whole server, of what its script does: as measured
_FIRST_GUESS_SECONDS = 0.015
_LATEST = 31  # ticks, whose median counts: the first one imports much
_KEEPS_PACE = 1.4  # a pace that is less wrong than that stays, for another one means a whole new page
_ABSENT_AFTER = 3  # ticks that did not come
_PATIENCE_SECONDS = 5.0


@dataclass
class _Viewer:
    wanted: float
    present: float
    seen_at: float


class Audience:
    """Who watches at this moment, how often each would like to see something new, and what that costs. For several threads.

    share: of one core that all ticks together may take; with few who watch they take less. clock: seconds.
    """

    def __init__(self, share: float = _SHARE, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._clock = clock
        self._ticks = deque([_FIRST_GUESS_SECONDS], maxlen=_LATEST)
        self._viewers: dict[str, _Viewer] = {}
        self._lock = threading.Lock()

    def pace(self, viewer: str, wanted: float, present: float | None = None) -> float:
        """Seconds between two ticks of a viewer who would like `wanted`. present: what it is; it stays where it is about right."""
        now = self._clock()
        with self._lock:
            self._viewers = {name: each for name, each in self._viewers.items() if _is_there(each, now)}
            self._viewers[viewer] = _Viewer(wanted, present or wanted, now)
            load = statistics.median(self._ticks) * sum(1 / each.wanted for each in self._viewers.values())
            pace = wanted * max(1.0, load / self._share)
            if present is None or not 1 / _KEEPS_PACE < pace / present < _KEEPS_PACE:
                present = self._viewers[viewer].present = _round(pace)
        return present

    @contextmanager
    def tick(self) -> Iterator[None]:
        """Around what a tick does: notes the processor's time that it takes."""
        began = time.thread_time()
        yield
        self.note(_SENDING * (time.thread_time() - began))

    def note(self, seconds: float) -> None:
        """That a tick took so much of the processor's time."""
        with self._lock:
            self._ticks.append(seconds)


def _is_there(viewer: _Viewer, now: float) -> bool:
    return now - viewer.seen_at < _ABSENT_AFTER * viewer.present + _PATIENCE_SECONDS


def _round(seconds: float) -> float:
    """Two significant digits."""
    return round(seconds, 1 - math.floor(math.log10(seconds)))


@st.cache_resource(show_spinner=False)
def get_audience() -> Audience:
    """Of this server."""
    return Audience()


def get_viewer() -> str:
    """Tells this browser's page from all others."""
    name: str = st.session_state.setdefault("viewer", secrets.token_hex(8))
    return name
