"""Waits until a condition is true, and names it in the error if it never is."""

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["wait_until"]

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], what: str, seconds: float = 90) -> Found:
    """The first true value of `condition`. It is asked every 20 ms at first and every 100 ms later, because asking costs time too."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(pause)
        pause = min(1.2 * pause, 0.1)
    return found
