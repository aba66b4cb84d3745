"""How much of the limits is used up, of each visitor and of all together, as long as the server lives."""

import functools
import threading
import time
from collections import Counter, OrderedDict, deque
from math import ceil
from pathlib import Path

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, Limits
from nn_core.runs.queue import waiting
from nn_core.runs.room import must_have_room

__all__ = ["Allowance", "Full", "Rate", "allowance"]

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
            self._taken.append((now, who, amount))
            self._of[who] += amount  # type: ignore[assignment]
            self._sum += amount

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


class Allowance:
    def __init__(self) -> None:
        self.starts, self.uploads = Rate(60), Rate(3600)
        self._started: OrderedDict[str, str] = OrderedDict()  # the run's name, and who started it
        self._lock = threading.Lock()

    def must_start(self, who: str, root: Path, limits: Limits) -> None:
        """Count one more start. Raises LimitReached where there may be none now."""
        own = self._own(who)
        must_have_room(root, limits, own)
        queued = waiting(root)
        _must_have_place(len(queued), len(own.intersection(queued)), limits)
        try:
            self.starts.take(who, 1, limits.runs_per_minute, limits.server_runs_per_minute)
        except Full as full:
            raise LimitReached(_too_many_starts(full, limits)) from None

    def started(self, who: str, name: str) -> None:
        """Remember whose run it is; of very many, the latest."""
        with self._lock:
            self._started[name] = who
            if len(self._started) > _MOST_REMEMBERED:
                self._started.popitem(last=False)

    def _own(self, who: str) -> set[str]:
        with self._lock:
            return {name for name, starter in self._started.items() if starter == who}


@functools.cache
def allowance() -> Allowance:
    """The one of this server, which its pages and its uploads share."""
    return Allowance()


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
