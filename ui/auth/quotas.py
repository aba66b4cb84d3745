"""How much of the limits is used up, of each visitor and of all together, as long as the server lives."""

import functools
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, Limits
from nn_core.runs.disk_quota import check_disk_quota
from nn_core.runs.queue import list_waiting_runs

__all__ = ["Full", "Quotas", "Rate", "get_quotas"]

_MOST_REMEMBERED = 10_000


class Full(Exception):
    """wait_seconds: until so much fits again, None for never; everybody: whether it is the limit of all together."""

    def __init__(self, wait_seconds: int | None, everybody: bool) -> None:
        super().__init__(wait_seconds, everybody)
        self.wait_seconds, self.everybody = wait_seconds, everybody


class Rate:
    """Sums up what each visitor, and all together, took in the last `seconds`. Several threads may use it at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._taken: deque[tuple[float, str, float]] = deque()
        self._of: Counter[str] = Counter()
        self._sum = 0.0

    def take(self, who: str, amount: float, most: float, most_together: float, now: float | None = None) -> None:
        """Raises Full, and takes nothing, where it is more than there may be."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._must_fit(who, amount, most, most_together, now)
            self._taken.append((now, who, amount))
            self._of[who] += amount  # type: ignore[assignment]
            self._sum += amount

    def must_fit(self, who: str, amount: float, most: float, most_together: float) -> None:
        """Raises Full where so much could not be taken now."""
        with self._lock:
            self._must_fit(who, amount, most, most_together, time.monotonic())

    def _must_fit(self, who: str, amount: float, most: float, most_together: float, now: float) -> None:
        while self._taken and now - self._taken[0][0] >= self._seconds:
            _at, whose, gone = self._taken.popleft()
            self._of[whose] -= gone  # type: ignore[assignment]
            self._sum -= gone
            if self._of[whose] <= 0:
                del self._of[whose]
        if self._of[who] + amount > most:
            raise Full(self._wait(amount, most, now, who), everybody=False)
        if self._sum + amount > most_together:
            raise Full(self._wait(amount, most_together, now, None), everybody=True)

    def _wait(self, amount: float, most: float, now: float, who: str | None) -> int | None:
        """Seconds until `amount` fits; None where it never does."""
        left = self._of[who] if who else self._sum
        for at, whose, gone in self._taken:
            if left + amount <= most:
                break
            if who in (None, whose):
                left -= gone
                wait = at + self._seconds - now
        return max(1, ceil(wait)) if left + amount <= most else None


class Quotas:
    def __init__(self) -> None:
        self.starts, self.uploads = Rate(60), Rate(3600)
        self._makers, self._starters = _Names(), _Names()  # of whom a run is, and who had it started or resumed last
        self._starting = threading.Lock()

    @contextmanager
    def start(self, who: str, root: Path, limits: Limits) -> Iterator[None]:
        """Around one more start, which is counted; no other begins meanwhile, for it would not see this one in the queue yet.
        Raises LimitReached where there may be none now."""
        with self._starting:
            self.must_have_room(who, root, limits)
            queued = list_waiting_runs(root)
            _must_have_place(len(queued), len(self._starters.of(who).intersection(queued)), limits)
            try:
                self.starts.take(who, 1, limits.runs_per_minute, limits.server_runs_per_minute)
            except Full as full:
                raise LimitReached(_too_many_starts(full, limits)) from None
            yield

    def must_have_room(self, who: str, root: Path, limits: Limits, coming_bytes: int = 0) -> None:
        """Raises LimitReached where the disk, or what is left of it to the visitor, is too small for one more run."""
        check_disk_quota(root, limits, self._makers.of(who), coming_bytes)

    def made(self, who: str, name: str) -> None:
        """Remember whose run it is, whatever became of an earlier one of this name."""
        self._makers.put(name, who)

    def started(self, who: str, name: str) -> None:
        """Remember for whom it trains, or waits. It remains the run of whoever made it."""
        self._starters.put(name, who)

    def renamed(self, old: str, new: str) -> None:
        self._makers.carry(old, new)
        self._starters.carry(old, new)


class _Names:
    """Somebody for each run's name; of very many, the latest. Several threads may use it at once."""

    def __init__(self) -> None:
        self._who: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, who: str) -> None:
        with self._lock:
            self._who[name] = who
            if len(self._who) > _MOST_REMEMBERED:
                self._who.popitem(last=False)

    def carry(self, old: str, new: str) -> None:
        with self._lock:
            if who := self._who.pop(old, None):
                self._who[new] = who

    def of(self, who: str) -> set[str]:
        with self._lock:
            return {name for name, whose in self._who.items() if whose == who}


@functools.cache
def get_quotas() -> Quotas:
    """The one of this server, which its pages and its uploads share."""
    return Quotas()


def _must_have_place(queued: int, own: int, limits: Limits) -> None:
    if own >= limits.queued_runs:
        raise LimitReached(
            _(
                "{own:g} of your runs wait for their turn, and a visitor may have {most:g} waiting. Wait until one of them has "
                "begun, or stop one."
            ).format(own=own, most=limits.queued_runs)
        )
    if queued >= limits.server_queued_runs:
        raise LimitReached(
            _("{queued:g} runs wait for their turn, which is the most. Try again when some of them have begun.").format(
                queued=queued
            )
        )


def _too_many_starts(full: Full, limits: Limits) -> str:
    if full.everybody:
        most, variable = limits.server_runs_per_minute, LIMITS_IN_THE_ENVIRONMENT["server_runs_per_minute"]
        said = _("All visitors together may start {most:g} runs a minute.")
    else:
        most, variable = limits.runs_per_minute, LIMITS_IN_THE_ENVIRONMENT["runs_per_minute"]
        said = _("You may start {most:g} runs a minute.")
    remedy = (
        _("Try again in {seconds} s.").format(seconds=full.wait_seconds)
        if full.wait_seconds
        else _("Who runs this server can set {variable}.").format(variable=variable)
    )
    return f"{said.format(most=most)} {remedy}"
