"""Counts how much of the limits each visitor and all visitors together have used since the server started."""

import functools
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, Limits
from nn_core.runs.disk_quota import check_disk_quota
from nn_core.runs.queue import list_waiting_runs

__all__ = ["QuotaExceeded", "Quotas", "SlidingWindow", "get_quotas"]

_MAX_NAMES = 10_000


class QuotaExceeded(Exception):
    """A limit is used up.

    Attributes:
        wait_seconds: until the amount fits again; None for never.
        is_shared: whether it is the limit of all visitors together.
    """

    def __init__(self, wait_seconds: int | None, is_shared: bool) -> None:
        super().__init__(wait_seconds, is_shared)
        self.wait_seconds, self.is_shared = wait_seconds, is_shared


class SlidingWindow:
    """Sums up what each visitor and all visitors together used in the last `seconds`. Thread-safe."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._used: deque[tuple[float, str, float]] = deque()  # (time, visitor, amount)
        self._by_visitor: defaultdict[str, float] = defaultdict(float)
        self._total = 0.0

    def use(self, visitor: str, amount: float, limit: float, shared_limit: float, now: float | None = None) -> None:
        """Count the amount. Raises QuotaExceeded, and counts nothing, if that would exceed a limit."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._check(visitor, amount, limit, shared_limit, now)
            self._used.append((now, visitor, amount))
            self._by_visitor[visitor] += amount
            self._total += amount

    def check(self, visitor: str, amount: float, limit: float, shared_limit: float) -> None:
        """Raises QuotaExceeded if the amount does not fit now."""
        with self._lock:
            self._check(visitor, amount, limit, shared_limit, time.monotonic())

    def _check(self, visitor: str, amount: float, limit: float, shared_limit: float, now: float) -> None:
        while self._used and now - self._used[0][0] >= self._seconds:
            _time, user, expired = self._used.popleft()
            self._by_visitor[user] -= expired
            self._total -= expired
            if self._by_visitor[user] <= 0:
                del self._by_visitor[user]
        if self._by_visitor.get(visitor, 0) + amount > limit:
            raise QuotaExceeded(self._get_wait_seconds(amount, limit, now, visitor), is_shared=False)
        if self._total + amount > shared_limit:
            raise QuotaExceeded(self._get_wait_seconds(amount, shared_limit, now, None), is_shared=True)

    def _get_wait_seconds(self, amount: float, limit: float, now: float, visitor: str | None) -> int | None:
        """Seconds until the amount fits; None if it never does. visitor: None for all together."""
        used = self._by_visitor.get(visitor, 0.0) if visitor else self._total
        for then, user, expiring in self._used:
            if used + amount <= limit:
                break
            if visitor in (None, user):
                used -= expiring
                wait = then + self._seconds - now
        return max(1, ceil(wait)) if used + amount <= limit else None


class Quotas:
    """What all visitors have used of the limits."""

    def __init__(self) -> None:
        self.starts, self.uploads = SlidingWindow(60), SlidingWindow(3600)
        self._creators, self._starters = _RunVisitors(), _RunVisitors()
        self._start_lock = threading.Lock()

    @contextmanager
    def reserve_start(self, visitor: str, root: Path, limits: Limits) -> Iterator[None]:
        """Count a start, which happens inside the `with` block.

        Only one start runs at a time, because others would not see its run in the queue yet.

        Raises:
            LimitReached: no run may start now.
        """
        with self._start_lock:
            self.check_disk(visitor, root, limits)
            queued = list_waiting_runs(root)
            _check_queue(len(queued), len(self._starters.list_runs(visitor) & set(queued)), limits)
            try:
                self.starts.use(visitor, 1, limits.runs_per_minute, limits.server_runs_per_minute)
            except QuotaExceeded as error:
                raise LimitReached(_describe_start_limit(error, limits)) from None
            yield

    def check_disk(self, visitor: str, root: Path, limits: Limits, coming_bytes: int = 0) -> None:
        """Raises LimitReached if the disk or the visitor's disk quota is too full for one more run."""
        check_disk_quota(root, limits, self._creators.list_runs(visitor), coming_bytes)

    def record_creator(self, visitor: str, run: str) -> None:
        """Count a new run of this name for its creator's disk quota; replaces an earlier run of the same name."""
        self._creators.put(run, visitor)

    def record_starter(self, visitor: str, run: str) -> None:
        """Count a run for the queue limit of the visitor who started or resumed it last. Its creator stays the same."""
        self._starters.put(run, visitor)


class _RunVisitors:
    """A visitor for each run name; at most the latest 10,000. Thread-safe."""

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, run: str, visitor: str) -> None:
        with self._lock:
            self._visitors[run] = visitor
            if len(self._visitors) > _MAX_NAMES:
                self._visitors.popitem(last=False)

    def list_runs(self, visitor: str) -> set[str]:
        with self._lock:
            return {run for run, user in self._visitors.items() if user == visitor}


@functools.cache
def get_quotas() -> Quotas:
    """The quotas of this server, shared by its pages and uploads."""
    return Quotas()


def _check_queue(queued: int, own: int, limits: Limits) -> None:
    if own >= limits.queued_runs:
        raise LimitReached(
            _("{own:g} of your runs are queued, and the limit is {most:g}. Wait until one starts, or stop one.").format(
                own=own, most=limits.queued_runs
            )
        )
    if queued >= limits.server_queued_runs:
        raise LimitReached(
            _("{queued:g} runs are queued, which is the limit. Try again when some of them have started.").format(
                queued=queued
            )
        )


def _describe_start_limit(error: QuotaExceeded, limits: Limits) -> str:
    if error.is_shared:
        limit, variable = limits.server_runs_per_minute, LIMITS_IN_THE_ENVIRONMENT["server_runs_per_minute"]
        rule = _("All visitors together may start {most:g} runs a minute.")
    else:
        limit, variable = limits.runs_per_minute, LIMITS_IN_THE_ENVIRONMENT["runs_per_minute"]
        rule = _("You may start {most:g} runs a minute.")
    remedy = (
        _("Try again in {seconds} s.").format(seconds=error.wait_seconds)
        if error.wait_seconds
        else _("The person who runs this server can set {variable}.").format(variable=variable)
    )
    return f"{rule.format(most=limit)} {remedy}"
