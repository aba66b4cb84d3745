"""The passwords of NN Lab, from the environment, and the rate limit for wrong ones.

Ten attempts are free. The next ones must wait 2, 4, 8, … seconds, at most 30. Each client address is counted separately, so no one
can lock out a class, and all addresses together are limited for the whole server. A browser in which the teacher has logged in
before, as a signed cookie shows, is counted separately (the device cookies of the OWASP Authentication Cheat Sheet), so the teacher
can log in during an attack. Cookies of viewers do not count: viewers could create any number of them with their own password.
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

__all__ = ["PASSWORD", "VIEWER_PASSWORD", "Passwords", "RateLimiter", "Role", "get_network", "is_loopback"]

_FREE_ATTEMPTS = 10
_MAX_WAIT_SECONDS = 30.0
_FORGET_SECONDS = 900.0
_MAX_CLIENTS = 10_000
_MAX_UNKNOWN_PER_MINUTE = 100
_MINUTE = 60.0


class RateLimiter:
    """Counts wrong passwords. It never sleeps; all times are seconds of a monotonic clock.

    `is_known` says whether the client is a browser in which the teacher has logged in before.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # (count, time of the last one)
        self._unknown_failures: deque[float] = deque()

    def get_wait_seconds(self, client: str, now: float, *, is_known: bool) -> int:
        """Return how long the client's next attempt must wait, 0 for not at all."""
        count, last = self._failures.get(client, (0, now))
        if now - last > _FORGET_SECONDS:
            count = 0
        wait = (
            0.0 if count < _FREE_ATTEMPTS else last + min(2.0 ** (count - _FREE_ATTEMPTS + 1), _MAX_WAIT_SECONDS) - now
        )
        while self._unknown_failures and now - self._unknown_failures[0] >= _MINUTE:
            self._unknown_failures.popleft()
        is_crowded = not is_known and len(self._unknown_failures) >= _MAX_UNKNOWN_PER_MINUTE
        return max(0, ceil(max(wait, self._unknown_failures[0] + _MINUTE - now if is_crowded else 0.0)))

    def record_failure(self, client: str, now: float, *, is_known: bool) -> None:
        """Count a wrong password. Above 10,000 clients, the one with the oldest failure is forgotten."""
        count, last = self._failures.pop(client, (0, now))
        self._failures[client] = (1 if now - last > _FORGET_SECONDS else count + 1, now)
        if len(self._failures) > _MAX_CLIENTS:
            self._failures.popitem(last=False)
        if not is_known:
            self._unknown_failures.append(now)

    def reset(self, client: str) -> None:
        self._failures.pop(client, None)


def get_network(address: str) -> str:
    """Return the unit by which an address is counted: itself, or its /64 network for IPv6, of which one connection has 2⁶⁴ addresses."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


Role = Literal["teacher", "viewer"]
"""Teachers may do everything, viewers may look at everything and draw."""

PASSWORD, VIEWER_PASSWORD = "NN_LAB_PASSWORD", "NN_LAB_VIEWER_PASSWORD"
_MIN_LENGTH = 8


@dataclass(frozen=True)
class Passwords:
    """Digests of the passwords; the passwords themselves are not kept in memory."""

    teacher: bytes = field(repr=False)
    viewer: bytes | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Read the passwords; None if none is set.

        Raises:
            BadInput: a password is too short, or the two do not fit together.
        """
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
            if text is not None and len(text) < _MIN_LENGTH:
                raise BadInput(
                    _(
                        "{variable} has {count} characters, which is easy to guess. Choose at least {minimum}, or unset it."
                    ).format(variable=variable, count=len(text), minimum=_MIN_LENGTH)
                )
        if viewer is not None and _digest(viewer) == _digest(teacher):
            raise BadInput(
                _("{viewer} is the same as {teacher}, so viewers could do everything. Choose another one.").format(
                    viewer=VIEWER_PASSWORD, teacher=PASSWORD
                )
            )
        return cls(_digest(teacher), None if viewer is None else _digest(viewer))

    def find_role(self, password: str) -> Role | None:
        """Return the role that this password gives. Takes constant time, so the time reveals nothing about the password."""
        digest = _digest(password)
        is_teacher = hmac.compare_digest(digest, self.teacher)
        is_viewer = hmac.compare_digest(digest, self.viewer or bytes(len(digest))) and self.viewer is not None
        if is_teacher:
            return "teacher"
        return "viewer" if is_viewer else None


def _digest(text: str) -> bytes:
    """SHA-256 of the normalised text, so that it does not matter how a keyboard composes an accent."""
    return sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).digest()
