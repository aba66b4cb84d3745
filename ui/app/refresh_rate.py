"""How often the live views of a server are refreshed: less often when more people watch, because training needs the processor."""

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

from ui.app.errors import show_errors

__all__ = ["RefreshLimiter", "show_regularly"]

_CPU_FRACTION = 0.10  # of one core, for all live views of the server together
_SERVER_COST_FACTOR = 2.2  # the server's whole cost of a tick divided by that of its script, as measured
_FIRST_GUESS_SECONDS = 0.015
_MEDIAN_OF = 31  # ticks; the median ignores the first one, which imports a lot
_TOLERANCE = 1.4  # an interval within this factor of the right one is kept, because a new one reruns the whole page
_ABSENT_AFTER_TICKS = 3
_ABSENT_AFTER_SECONDS = 5.0


@dataclass
class _Viewer:
    wanted: float
    interval: float
    seen_at: float


class RefreshLimiter:
    """Chooses the seconds between two refreshes of each viewer, so that all together stay within a fraction of one core. Thread-safe.

    Args:
        cpu_fraction: of one core that all refreshes together may take.
        clock: returns seconds.
    """

    def __init__(self, cpu_fraction: float = _CPU_FRACTION, clock: Callable[[], float] = time.monotonic) -> None:
        self._cpu_fraction = cpu_fraction
        self._clock = clock
        self._costs = deque([_FIRST_GUESS_SECONDS], maxlen=_MEDIAN_OF)
        self._viewers: dict[str, _Viewer] = {}
        self._lock = threading.Lock()

    def choose_interval(self, viewer: str, wanted: float, current: float | None = None) -> float:
        """Seconds between two refreshes of a viewer.

        Args:
            viewer: identifies the browser tab.
            wanted: the interval without a limit.
            current: the viewer's interval now; it is kept if it is about right.
        """
        now = self._clock()
        with self._lock:
            self._viewers = {name: each for name, each in self._viewers.items() if _is_present(each, now)}
            self._viewers[viewer] = _Viewer(wanted, current or wanted, now)
            load = statistics.median(self._costs) * sum(1 / each.wanted for each in self._viewers.values())
            interval = wanted * max(1.0, load / self._cpu_fraction)
            if current is None or not 1 / _TOLERANCE < interval / current < _TOLERANCE:
                current = self._viewers[viewer].interval = _round(interval)
        return current

    @contextmanager
    def measure_refresh(self) -> Iterator[None]:
        """Measure the processor time of a refresh."""
        started = time.thread_time()
        yield
        self.record_cost(_SERVER_COST_FACTOR * (time.thread_time() - started))

    def record_cost(self, seconds: float) -> None:
        """Record the processor time of a refresh."""
        with self._lock:
            self._costs.append(seconds)


def _is_present(viewer: _Viewer, now: float) -> bool:
    return now - viewer.seen_at < _ABSENT_AFTER_TICKS * viewer.interval + _ABSENT_AFTER_SECONDS


def _round(seconds: float) -> float:
    """Round to two significant digits."""
    return round(seconds, 1 - math.floor(math.log10(seconds)))


@st.cache_resource(show_spinner=False)
def _get_refresh_limiter() -> RefreshLimiter:
    """The limiter of this server."""
    return RefreshLimiter()


def show_regularly(show: Callable[[], None], get_wanted_interval: Callable[[], float | None]) -> None:
    """Show a part of the page, and again after each interval, without the rest of the page.

    Args:
        show: shows the part.
        get_wanted_interval: seconds without a limit; None if the part is not refreshed any more.
    """
    limiter = _get_refresh_limiter()
    viewer = st.session_state.setdefault("viewer", secrets.token_hex(8))

    def choose_interval(current: float | None = None) -> float | None:
        wanted = get_wanted_interval()
        return None if wanted is None else limiter.choose_interval(viewer, wanted, current)

    interval = choose_interval()

    def refresh() -> None:
        with show_errors(), limiter.measure_refresh():
            show()
            if choose_interval(interval) != interval:
                st.rerun()  # the whole page, which changes or ends the refreshing

    st.fragment(refresh, run_every=interval)()
