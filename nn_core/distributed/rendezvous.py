"""Processes that were launched together, by torchrun on one or several machines or by the run itself, and their shared store.

torchrun restarts all processes after a failure, but what they wrote stays in the store, and torchrun's own restart count is local to
each machine. So the processes agree on a restart id: each one writes a random token, and the leader repeats the tokens that it
finds until all living processes have answered. Processes that have ended cannot answer.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self, TypedDict
from uuid import uuid4

import torch
from torch.distributed import DistError, FileStore, PrefixStore, Store  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from nn_core.config.run import TrainingSettings
from nn_core.devices import describe_device, get_device
from nn_core.distributed.process_group import ProcessGroup
from nn_core.errors import RunFailed
from nn_core.i18n import _
from nn_core.paths import SHARED_STORE, get_patience_seconds
from nn_core.runs import RunFolder

__all__ = ["Launch", "LaunchOver", "agree_on_restart_id"]

_POLL_SECONDS = 0.05
_RUN, _MESSAGE, _HERE, _READY, _ALL_READY, _OVER = "run", "message", "here", "ready", "all_ready", "over"
_CALLED = "called"


def agree_on_restart_id(store: Store, rank: int, size: int, patience_seconds: float) -> str:
    """Wait until all processes of the launch have agreed on a restart id, and return it.

    Args:
        store: torch's key-value store.
        rank: Number of this process; number 0 is the leader.

    Raises:
        TimeoutError: A process did not answer.
    """
    polls = _poll(patience_seconds)
    return _answer_leader(store, rank, polls) if rank else _call_followers(store, size, polls)


def _call_followers(store: Store, size: int, polls: Iterator[None]) -> str:
    restart_id, token_keys = uuid4().hex, [_get_token_key(rank) for rank in range(1, size)]
    called: list[str] = []
    for _now in polls:
        if token_keys and not store.check(token_keys):
            continue
        tokens = [store.get(key).decode() for key in token_keys]
        if tokens != called:
            called = tokens
            store.set(_CALLED, json.dumps([restart_id, *called]))
        if all(store.check([_get_answer_key(restart_id, token)]) for token in called):
            break
    return restart_id


def _answer_leader(store: Store, rank: int, polls: Iterator[None]) -> str:
    token = uuid4().hex
    store.set(_get_token_key(rank), token)
    restart_id, called = "", []
    for _now in polls:
        if store.check([_CALLED]):
            restart_id, *called = json.loads(store.get(_CALLED))
        if token in called:
            break
    store.set(_get_answer_key(restart_id, token), "")
    return restart_id


def _get_token_key(rank: int) -> str:
    return f"token/{rank}"


def _get_answer_key(restart_id: str, token: str) -> str:
    return f"answer/{restart_id}/{token}"


def _poll(patience_seconds: float) -> Iterator[None]:
    until = time.monotonic() + patience_seconds
    while time.monotonic() < until:
        yield
        time.sleep(_POLL_SECONDS)
    raise TimeoutError


class LaunchedRun(TypedDict):
    """What the leader sends first: the run's name and its config as a dictionary."""

    run: str
    config: dict[str, object]


class LaunchOver(Exception):
    """The leader does not need the other processes any more."""


class Launch:
    """This process among those of its launch. Number 0 is the leader: only it has the run's folder.

    Attributes:
        rank, size: Number of this process among all, and how many there are.
        local_rank, local_size: The same among the processes on this machine.
    """

    def __init__(self, rank: int, size: int, local_rank: int, local_size: int, store: Store) -> None:
        self.rank, self.size, self.local_rank, self.local_size = rank, size, local_rank, local_size
        self._launch_store = PrefixStore("nn_lab", store)
        self._store = self._launch_store

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the environment variables that torchrun, or a run that starts its own followers, has set.

        Waits for the store, and for all processes that torchrun starts.

        Raises:
            RunFailed: A process did not start.
        """
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local = int(environment.get("LOCAL_RANK", rank)), int(environment.get("LOCAL_WORLD_SIZE", size))
        if SHARED_STORE in environment:
            return cls(rank, size, *local, FileStore(environment[SHARED_STORE], size))
        store, _rank, _size = next(rendezvous("env://"))
        launch = cls(rank, size, *local, store)
        try:
            restart_id = agree_on_restart_id(launch._launch_store, rank, size, get_patience_seconds())
        except TimeoutError as error:
            raise RunFailed(launch.explain_failure()) from error
        launch._store = PrefixStore(restart_id, launch._launch_store)
        return launch

    # The run of a launch that torchrun restarts after a failure

    def remember_run(self, run: RunFolder) -> None:
        """Continue with this run when torchrun restarts the processes."""
        self._launch_store.set(_RUN, str(run.path))

    def find_remembered_run(self) -> str | None:
        """Return the folder of the run that the launch created before it was restarted."""
        return self._launch_store.get(_RUN).decode() if self._launch_store.check([_RUN]) else None

    # What the leader sends before the process group exists

    def send_run(self, message: LaunchedRun) -> None:
        """Send the run's name and config to the followers."""
        self._store.set(_MESSAGE, json.dumps(message))

    def cancel(self) -> None:
        """Let the followers end without an error."""
        self._store.set(_OVER, "")

    def receive_run(self) -> LaunchedRun:
        """Wait for the leader's message. Raises LaunchOver if it cancels the launch, as everything that waits here does."""
        self._wait_for(_MESSAGE)
        message: LaunchedRun = json.loads(self._store.get(_MESSAGE))
        return message

    def get_device(self, training: TrainingSettings) -> torch.device:
        """Return the device of this process. Raises BadInput where this machine has fewer devices than processes."""
        return get_device(training.device, self.local_rank, self.local_size)

    def join(self, device: torch.device) -> ProcessGroup:
        """Wait for all processes, however long they take to import torch, and return their group."""
        self._store.set(f"{_HERE}/{self.rank}", "")
        for rank in range(self.size):
            self._wait_for(f"{_HERE}/{rank}")
        return ProcessGroup(PrefixStore("group", self._store), self.rank, self.size, device, get_patience_seconds())

    # Setting up, which may include a download on one machine only

    def report_ready(self, device: torch.device, problem: str = "") -> None:
        """Report that this process is ready, or what keeps it from training."""
        name = f"{device.type}:{self.local_rank}" if device.type == "cuda" else device.type
        report = {
            "host": socket.gethostname(),
            "device": name,
            "name": describe_device(device).name,
            "problem": problem,
        }
        self._store.set(f"{_READY}/{self.rank}", json.dumps(report))

    def wait_until_all_ready(self) -> list[dict[str, str]]:
        """Wait for all processes, in the leader.

        Returns:
            What each process computes on: `host`, `device` and `name`.

        Raises:
            RunFailed: A process cannot train, or they have different kinds of devices.
        """
        reports: list[dict[str, str]] = []
        for rank in range(self.size):
            key = f"{_READY}/{rank}"
            self._wait_for(key)
            reports.append(json.loads(self._store.get(key)))
            if problem := reports[-1]["problem"]:
                raise RunFailed(
                    _("Process {rank} of {size}, on {host}: {problem}").format(
                        rank=rank, size=self.size, host=reports[-1]["host"], problem=problem
                    )
                )
        kinds = {report["device"].partition(":")[0] for report in reports}
        if len(kinds) > 1:
            devices = ", ".join(f"{report['host']}: {report['device']}" for report in reports)
            raise RunFailed(
                _(
                    "The processes that share this run have different kinds of devices ({devices}), but need the same kind. Choose one "
                    "that all have, for example with --set training.device=cpu."
                ).format(devices=devices)
            )
        self._store.set(_ALL_READY, "")
        return reports

    def wait_for_start(self) -> None:
        """Wait until all processes are ready, in a follower."""
        self._wait_for(_ALL_READY)

    def _wait_for(self, key: str) -> None:
        while not self._store.check([key]):
            if self._store.check([_OVER]):
                raise LaunchOver
            self.check_processes()
            time.sleep(_POLL_SECONDS)

    def check_processes(self) -> None:
        """Check the processes that this one has started. Raises RunFailed if one has ended. torchrun checks its own."""

    def explain_failure(self) -> str:
        """Return why another process does not answer, in a sentence for the user."""
        return _(
            "Another process that shares this run has ended, or does not answer. Resume the run: it continues from its last "
            "checkpoint."
        )

    @contextmanager
    def translate_peer_errors(self) -> Iterator[None]:
        """Translate errors inside that mean that another process has ended, or does not answer, into RunFailed."""
        try:
            yield
        except RuntimeError as error:
            if isinstance(error, DistError) or any(text in str(error).lower() for text in ("gloo", "wait timeout")):
                raise RunFailed(self.explain_failure()) from error
            raise

    def close(self) -> None:
        """Clean up after the other processes have ended, or end them."""
