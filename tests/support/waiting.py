"""Waits until a condition is true, and names it in the error if it never is."""

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["wait_until"]

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], what: str, seconds: float = 90) -> Found:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(0.02)
    return found
