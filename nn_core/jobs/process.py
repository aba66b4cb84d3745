"""Starts `python -m nn_core …` as a process that outlives this one, and catches the signals that stop a worker."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import IO

from nn_core.paths import PROJECT

__all__ = ["catch_stop_signals", "start_process"]


@contextmanager
def catch_stop_signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call `handle` for SIGINT and SIGTERM inside; afterwards the previous handlers are restored."""
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start_process(
    arguments: Iterable[object],
    descriptors: Iterable[int],
    output: IO[bytes] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; it leaves no zombie.

    Args:
        descriptors: The open file descriptors that it inherits, besides the standard streams.
        environment: Environment variables that differ from this process's.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "nn_core", *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        pass_fds=list(descriptors),
    )
    threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True).start()
    return process
