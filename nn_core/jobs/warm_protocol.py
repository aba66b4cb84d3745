"""What a warm worker does before it gets a run, and how the app hands it the run, over a pair of Unix sockets.

    worker → app   READY      torch is imported
    app → worker   the order  a line of JSON, with the descriptors of the run's lock, its log and its slots
    worker → app   TAKEN      the worker now holds the locks as well
    app → worker   GO         the worker starts the run

Without TAKEN in time the app closes its socket. The worker then gets no GO and ends, so that no run is trained twice.
"""

import fcntl
import json
import os
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nn_core.config import apply_settings, get_preset
from nn_core.devices import list_gpu_names
from nn_core.errors import NNLabError
from nn_core.runs import RunFolder, RunStatus, create_run

__all__ = [
    "Order",
    "adopt_environment",
    "end_with_app",
    "hand_over",
    "is_ready",
    "receive_order",
    "take_one_step",
    "warm_up",
]

_READY, _TAKEN, _GO = b"R", b"T", b"G"
_PATIENCE_SECONDS = 0.5
_CHUNK = 65536
_MAX_DESCRIPTORS = 200  # the system passes at most 253 at once
_WARM_UP_PRESETS = ("playground", "quick")  # for the Playground, and because convolutions take torch longest to prepare


@dataclass(frozen=True)
class Order:
    """A run to train: its environment variables, and the open descriptors of its lock, its log and its slots."""

    run: Path
    environment: dict[str, str]
    lock: int
    log: int
    slots: tuple[int, ...] = ()


# In the app


def is_ready(worker: socket.socket, patience_seconds: float = 0.0) -> bool:
    """Whether the worker has imported everything. Do not call this again once it has."""
    worker.settimeout(patience_seconds)
    try:
        return worker.recv(1) == _READY
    except OSError:  # it still imports, or has ended
        return False


def hand_over(worker: socket.socket, order: Order) -> None:
    """Send an order. Raises OSError when the worker does not take it in time; the caller must then end the worker."""
    worker.settimeout(_PATIENCE_SECONDS)
    line = json.dumps({"run": str(order.run), "environment": order.environment}).encode() + b"\n"
    sent = socket.send_fds(worker, [line], [order.lock, order.log, *order.slots])
    worker.sendall(line[sent:])
    if worker.recv(1) != _TAKEN:
        raise ConnectionResetError
    worker.sendall(_GO)


# In the warm worker


def warm_up() -> None:
    """Train for a step, so that torch is set up and the run's first step is as fast as any other.

    Errors are ignored, because the run itself reports them. Skipped on machines with several graphics cards: the first step of any
    optimizer makes torch list the cards, and afterwards the process sees only those, whichever ones the run is given.
    """
    if len(list_gpu_names()) > 1:
        return
    with suppress(NNLabError, OSError), TemporaryDirectory() as folder:
        for name in _WARM_UP_PRESETS:
            take_one_step(Path(folder), name)


def take_one_step(folder: Path, preset_name: str) -> RunFolder:
    """Create a run in `folder` that is asked to stop before it starts: it reads the data, takes a step and saves."""
    from nn_core.jobs.runner import run_worker

    # On the CPU, so that all GPU memory is left to the runs.
    run = create_run(folder, apply_settings(get_preset(preset_name), ["training.device=cpu"]))
    with run.lock():
        run.send_request("stop")
        run_worker(run, folder, _Silent())
    return run


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


@contextmanager
def end_with_app(app: socket.socket) -> Iterator[None]:
    """End this process when the app ends, even during an import: the system then sends SIGIO."""
    flags = fcntl.fcntl(app, fcntl.F_GETFL)
    fcntl.fcntl(app, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(app, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([app], [], [], 0)[0]:
        sys.exit()  # the app sends nothing before READY, so it has ended
    yield
    fcntl.fcntl(app, fcntl.F_SETFL, flags)


def receive_order(app: socket.socket) -> Order | None:
    """Send READY and wait, possibly for hours. Returns None when the app has ended or has given up."""
    try:
        app.sendall(_READY)
        line, descriptors, _flags, _address = socket.recv_fds(app, _CHUNK, _MAX_DESCRIPTORS)
        while line and not line.endswith(b"\n"):
            more = app.recv(_CHUNK)
            line = line + more if more else b""
        if not line or len(descriptors) < 2:
            return None
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        app.sendall(_TAKEN)
        if app.recv(1) != _GO:
            return None
    except OSError:
        return None
    content, (lock, log, *slots) = json.loads(line), descriptors
    return Order(Path(content["run"]), content["environment"], lock, log, tuple(slots))


def adopt_environment(order: Order) -> None:
    """Replace the environment variables by those of the order, and redirect the output to the run's log."""
    os.environ.clear()
    os.environ.update(order.environment)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(order.log, stream.fileno())
    os.close(order.log)
