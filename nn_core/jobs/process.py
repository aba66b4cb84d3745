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
def catch_stop_signals(act: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Inside, `act` is called with the signal's number; afterwards they mean again what they meant before."""
    before = {number: signal.signal(number, act) for number in (signal.SIGINT, signal.SIGTERM)}
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
    """The process has a session of its own, inherits these descriptors and no others, and leaves no zombie.

    environment: what is to differ from ours.
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
