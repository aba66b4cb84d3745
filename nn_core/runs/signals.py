"""What asks a run's process to stop: Ctrl-C and SIGTERM."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stop_signals"]


@contextmanager
def stop_signals(act: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Inside, `act` is called with the signal's number; afterwards they mean again what they meant before."""
    before = {number: signal.signal(number, act) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
