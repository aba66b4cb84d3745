"""The passwords that open NN Lab, from the environment, and the rate limit for wrong ones.

Ten attempts are free; the next ones wait two seconds, four, eight and so on, up to half a minute. Each client address is counted
separately, so that nobody can lock out a class, and all addresses together are limited for the whole server. A browser in which the
teacher has logged in before, as a signed cookie shows, is counted separately (the device cookies of the OWASP Authentication Cheat
Sheet), so the teacher can log in while somebody guesses. Cookies of viewers do not count: with their own password, viewers could get
as many as they like.
"""

import hmac
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Literal, Self

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["PASSWORD", "VIEWER_PASSWORD", "Passwords", "RateLimiter", "Role", "get_network"]

_FREE = 10
_LONGEST_WAIT = 30.0
_FORGOTTEN_AFTER = 900.0
_MOST_REMEMBERED = 10_000
_NEWCOMERS_PER_MINUTE = 100
_MINUTE = 60.0


class RateLimiter:
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


def get_network(address: str) -> str:
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


Role = Literal["teacher", "viewer"]
"""A teacher may do everything, a viewer may look and draw."""

PASSWORD, VIEWER_PASSWORD = "NN_LAB_PASSWORD", "NN_LAB_VIEWER_PASSWORD"
_SHORTEST = 8


@dataclass(frozen=True)
class Passwords:
    """What is left of them in memory: their digests."""

    teacher: bytes = field(repr=False)
    viewer: bytes | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """None where no password is set. Raises BadInput for one that would protect nothing."""
        teacher, viewer = environment.get(PASSWORD), environment.get(VIEWER_PASSWORD)
        if teacher is None and viewer is None:
            return None
        if teacher is None:
            raise BadInput(
                _("{viewer} is set without {teacher}, so no one could start a run. Set {teacher} as well.").format(
                    viewer=VIEWER_PASSWORD, teacher=PASSWORD
                )
            )
        for variable, text in ((PASSWORD, teacher), (VIEWER_PASSWORD, viewer)):
            if text is not None and len(text) < _SHORTEST:
                raise BadInput(
                    _(
                        "{variable} has {count} characters and would be guessed: choose one of at least {shortest}, or unset it."
                    ).format(variable=variable, count=len(text), shortest=_SHORTEST)
                )
        if viewer is not None and _digest(viewer) == _digest(teacher):
            raise BadInput(
                _("{viewer} is the same as {teacher}, so viewers could do everything. Choose another one.").format(
                    viewer=VIEWER_PASSWORD, teacher=PASSWORD
                )
            )
        return cls(_digest(teacher), None if viewer is None else _digest(viewer))

    def role_of(self, given: str) -> Role | None:
        """Whose password it is, found in a time that tells nothing of how nearly it was one."""
        digest = _digest(given)
        is_teacher = hmac.compare_digest(digest, self.teacher)
        is_viewer = hmac.compare_digest(digest, self.viewer or bytes(len(digest))) and self.viewer is not None
        if is_teacher:
            return "teacher"
        return "viewer" if is_viewer else None


def _digest(text: str) -> bytes:
    """The same for the same letters, however a keyboard composes an accent."""
    return sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).digest()
