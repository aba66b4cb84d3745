"""Wrong passwords make the next attempt wait: ten are free, then two seconds, four, eight and so on, half a minute at most.

Each client address waits for itself, so that nobody locks out a class. Many addresses together are bounded for the whole
server. A browser in which the teacher was let in before, which a signed cookie tells, is counted by itself and not among those
(the device cookies of the OWASP Authentication Cheat Sheet), so the teacher comes in while somebody guesses. One of a viewer
is not: with their own password, viewers could have as many such cookies as they like.
"""

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address
from math import ceil

__all__ = ["Attempts", "network_of"]

_FREE = 10
_LONGEST_WAIT = 30.0
_FORGOTTEN_AFTER = 900.0
_MOST_REMEMBERED = 10_000
_NEWCOMERS_PER_MINUTE = 100
_MINUTE = 60.0


class Attempts:
    """Nothing here waits or sleeps. Each time is in seconds of a clock that only goes on."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and when the last one was
        self._newcomers: deque[float] = deque()

    def wait_seconds(self, who: str, now: float, *, known: bool) -> int:
        """How long the next attempt must wait; 0 where it may come at once. known: whether `who` is such a browser."""
        count, last = self._wrong.get(who, (0, now))
        if now - last > _FORGOTTEN_AFTER:
            count = 0
        own = 0.0 if count < _FREE else last + min(2.0 ** (count - _FREE + 1), _LONGEST_WAIT) - now
        while self._newcomers and now - self._newcomers[0] >= _MINUTE:
            self._newcomers.popleft()
        crowded = not known and len(self._newcomers) >= _NEWCOMERS_PER_MINUTE
        return max(0, ceil(max(own, self._newcomers[0] + _MINUTE - now if crowded else 0.0)))

    def wrong(self, who: str, now: float, *, known: bool) -> None:
        """Remember one more; of too many addresses, those are forgotten that were quiet for longest."""
        count, last = self._wrong.pop(who, (0, now))
        self._wrong[who] = (1 if now - last > _FORGOTTEN_AFTER else count + 1, now)
        if len(self._wrong) > _MOST_REMEMBERED:
            self._wrong.popitem(last=False)
        if not known:
            self._newcomers.append(now)

    def right(self, who: str) -> None:
        self._wrong.pop(who, None)


def network_of(address: str) -> str:
    """What an address is counted as: itself, or of IPv6 the network of 2⁶⁴ that one connection has to choose from."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
