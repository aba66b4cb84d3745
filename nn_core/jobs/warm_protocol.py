"""How the app hands a run to a process that waits for one, over a pair of Unix sockets.

    process → app   READY      torch is imported
    app → process   the order  a line of JSON, with the descriptors of the run's lock, its log and its slots
    process → app   TAKEN      the process holds the locks now, beside the app
    app → process   GO         only then does it begin

Without a TAKEN in time the app closes its end: the process finds no GO and ends, so no run is trained twice.
"""

import fcntl
import json
import os
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Order", "adopt_environment", "end_with_app", "hand_over", "is_ready", "receive_order"]

_READY, _TAKEN, _GO = b"R", b"T", b"G"
_PATIENCE_SECONDS = 0.5
_CHUNK = 65536
_MOST_DESCRIPTORS = 200  # the system passes no more than 253 at once


@dataclass(frozen=True)
class Order:
    """The run to train, the environment to do it in, and the open descriptors of the run's lock, its log and its slots."""

    run: Path
    environment: dict[str, str]
    lock: int
    log: int
    slots: tuple[int, ...] = ()

    def packed(self) -> bytes:
        return json.dumps({"run": str(self.run), "environment": self.environment}).encode() + b"\n"

    @classmethod
    def unpacked(cls, line: bytes, lock: int, log: int, *slots: int) -> Self:
        content = json.loads(line)
        return cls(Path(content["run"]), content["environment"], lock, log, slots)


# The app's side


def is_ready(process: socket.socket, patience_seconds: float = 0.0) -> bool:
    """Whether the process has imported all it needs; it is asked until it has. Raises OSError when it has ended."""
    process.settimeout(patience_seconds)
    try:
        word = process.recv(1)
    except (BlockingIOError, TimeoutError):
        return False
    if word != _READY:
        raise ConnectionResetError
    return True


def hand_over(process: socket.socket, order: Order) -> None:
    """Raises OSError when the process does not take the order at once; it must be ended then."""
    process.settimeout(_PATIENCE_SECONDS)
    line = order.packed()
    sent = socket.send_fds(process, [line], [order.lock, order.log, *order.slots])
    process.sendall(line[sent:])
    if process.recv(1) != _TAKEN:
        raise ConnectionResetError
    process.sendall(_GO)


# The process's side


@contextmanager
def end_with_app(app: socket.socket) -> Iterator[None]:
    """Inside, this process ends when the app does, even in the middle of an import: the system sends SIGIO then."""
    flags = fcntl.fcntl(app, fcntl.F_GETFL)
    fcntl.fcntl(app, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(app, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([app], [], [], 0)[0]:
        sys.exit()  # the app sends nothing before it was told READY, so this is its end
    yield
    fcntl.fcntl(app, fcntl.F_SETFL, flags)


def receive_order(app: socket.socket) -> Order | None:
    """Say READY and wait, for hours if need be; None when the app has ended, or has given up."""
    try:
        app.sendall(_READY)
        line, descriptors, _flags, _address = socket.recv_fds(app, _CHUNK, _MOST_DESCRIPTORS)
        while line and not line.endswith(b"\n"):
            more = app.recv(_CHUNK)
            line = line + more if more else b""
        if not line or len(descriptors) < 2:
            return None
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        app.sendall(_TAKEN)
        return Order.unpacked(line, *descriptors) if app.recv(1) == _GO else None
    except OSError:
        return None


def adopt_environment(order: Order) -> None:
    """From here on the environment is that of the app now, and what is printed goes to the run's log."""
    os.environ.clear()
    os.environ.update(order.environment)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(order.log, stream.fileno())
    os.close(order.log)
