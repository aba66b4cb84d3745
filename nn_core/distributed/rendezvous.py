"""Processes that were launched together, by torchrun on one or several machines or by the run itself, and the store where they meet.

torchrun restarts all processes after a failure, but what they wrote stays in the store, and torchrun's own restart count is local to
each machine. So the processes agree on a restart id: each one writes a fresh random word, and the leader repeats the words that it
finds until all living processes have answered. Processes that have ended cannot answer.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any, Self
from uuid import uuid4

import torch
from torch.distributed import FileStore, PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from nn_core.config.training import TrainingSettings
from nn_core.devices import describe_device, get_device
from nn_core.distributed.process_group import SharedGroup
from nn_core.errors import RunFailed
from nn_core.i18n import _
from nn_core.paths import SHARED_STORE, get_patience_seconds
from nn_core.runs import RunFolder

__all__ = ["Launch", "LaunchOver", "agree_on_restart_id"]

_ATTEMPT_POLL_SECONDS = 0.05
_CALLED = "called"


def agree_on_restart_id(store: Any, rank: int, size: int, patience_seconds: float) -> str:
    """Returns once all have come. store: torch's. rank: of this process; number 0 leads. Raises TimeoutError."""
    looks = _looks(patience_seconds)
    return _answer(store, rank, looks) if rank else _call(store, size, looks)


def _call(store: Any, size: int, looks: Iterator[None]) -> str:
    attempt, words = uuid4().hex, [_word_of(rank) for rank in range(1, size)]
    called: list[str] = []
    for _look in looks:
        if words and not store.check(words):
            continue
        found = [store.get(word).decode() for word in words]
        if found != called:
            called = found
            store.set(_CALLED, json.dumps([attempt, *called]))
        if all(store.check([_answer_to(attempt, word)]) for word in called):
            break
    return attempt


def _answer(store: Any, rank: int, looks: Iterator[None]) -> str:
    word = uuid4().hex
    store.set(_word_of(rank), word)
    attempt, called = "", []
    for _look in looks:
        if store.check([_CALLED]):
            attempt, *called = json.loads(store.get(_CALLED))
        if word in called:
            break
    store.set(_answer_to(attempt, word), "")
    return attempt


def _word_of(rank: int) -> str:
    return f"word/{rank}"


def _answer_to(attempt: str, word: str) -> str:
    return f"answer/{attempt}/{word}"


def _looks(patience_seconds: float) -> Iterator[None]:
    until = time.monotonic() + patience_seconds
    while time.monotonic() < until:
        yield
        time.sleep(_ATTEMPT_POLL_SECONDS)
    raise TimeoutError


_POLL_SECONDS = 0.05
_RUN, _TOLD, _HERE, _SET_UP, _ALL_SET_UP, _OVER = "run", "told", "here", "set_up", "all_set_up", "over"


class LaunchOver(Exception):
    """The leader has no use for the others any more."""


class Launch:
    """This process among those of its launch. rank, size: of all; local_rank, local_size: of those on this machine.

    Number 0 leads: it alone has the run's folder, and tells the others what they need of it.
    """

    def __init__(self, rank: int, size: int, local_rank: int, local_size: int, store: Any) -> None:
        self.rank, self.size, self.local_rank, self.local_size = rank, size, local_rank, local_size
        self._launch_store = PrefixStore("nn_lab", store)
        self._store = self._launch_store

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """As torchrun describes it, or a run that started its own followers. Waits until the store is there, and for whom torchrun
        starts, until all have come. Raises RunFailed where one does not."""
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local = int(environment.get("LOCAL_RANK", rank)), int(environment.get("LOCAL_WORLD_SIZE", size))
        if SHARED_STORE in environment:
            return cls(rank, size, *local, FileStore(environment[SHARED_STORE], size))
        store, _rank, _size = next(rendezvous("env://"))
        launch = cls(rank, size, *local, store)
        try:
            attempt = agree_on_restart_id(launch._launch_store, rank, size, get_patience_seconds())
        except TimeoutError as error:
            raise RunFailed(launch.why_broken()) from error
        launch._store = PrefixStore(attempt, launch._launch_store)
        return launch

    # The run of a launch that is started anew after a failure

    def remember(self, run: RunFolder) -> None:
        """The launch goes on with this run when torchrun starts its processes anew."""
        self._launch_store.set(_RUN, str(run.path))

    def remembered(self) -> str | None:
        """The folder of the run that an earlier attempt of this launch created."""
        return str(self._launch_store.get(_RUN).decode()) if self._launch_store.check([_RUN]) else None

    # What the leader says before they can compute together

    def tell(self, what: dict[str, Any]) -> None:
        self._store.set(_TOLD, json.dumps(what))

    def call_off(self) -> None:
        """There is nothing to do together any more: the others end, and well."""
        self._store.set(_OVER, "")

    def hear(self) -> dict[str, Any]:
        """What the leader tells. Like all that waits here, raises LaunchOver where it called the others off."""
        self._wait_for(_TOLD)
        told: dict[str, Any] = json.loads(self._store.get(_TOLD))
        return told

    def device(self, training: TrainingSettings) -> torch.device:
        """Raises BadInput where this machine has fewer devices than processes."""
        return get_device(training.device, self.local_rank, self.local_size)

    def join(self, device: torch.device) -> SharedGroup:
        """Returns once all are there, however long one of them imports torch; nobody's patience is tried by that."""
        self._store.set(f"{_HERE}/{self.rank}", "")
        for rank in range(self.size):
            self._wait_for(f"{_HERE}/{rank}")
        return SharedGroup(PrefixStore("group", self._store), self.rank, self.size, device, get_patience_seconds())

    # Setting up, which may take a download on one machine and nothing on another

    def note_set_up(self, device: torch.device, problem: str = "") -> None:
        """This process is ready, or cannot be: `problem` says why."""
        name = f"{device.type}:{self.local_rank}" if device.type == "cuda" else device.type
        about = {"host": socket.gethostname(), "device": name, "name": describe_device(device).name, "problem": problem}
        self._store.set(f"{_SET_UP}/{self.rank}", json.dumps(about))

    def await_set_up(self) -> list[dict[str, str]]:
        """For the leader: what each process computes on (host, device, name), once all are ready. Raises RunFailed when one
        cannot be, or some would compute on graphics cards and others not."""
        found: list[dict[str, str]] = []
        for rank in range(self.size):
            key = f"{_SET_UP}/{rank}"
            self._wait_for(key)
            found.append(json.loads(self._store.get(key)))
            if problem := found[-1]["problem"]:
                raise RunFailed(
                    _("Process {rank} of {size}, on {host}: {problem}").format(
                        rank=rank, size=self.size, host=found[-1]["host"], problem=problem
                    )
                )
        kinds = {about["device"].partition(":")[0] for about in found}
        if len(kinds) > 1:
            places = ", ".join(f"{about['host']}: {about['device']}" for about in found)
            raise RunFailed(
                _(
                    "The processes that share this run compute on different kinds of devices ({places}), and only equal ones can "
                    "share a run. Choose one that all have, with --set training.device=cpu."
                ).format(places=places)
            )
        self._store.set(_ALL_SET_UP, "")
        return found

    def await_start(self) -> None:
        """For the others: until all are ready."""
        self._wait_for(_ALL_SET_UP)

    def _wait_for(self, key: str) -> None:
        while not self._store.check([key]):
            if self._store.check([_OVER]):
                raise LaunchOver
            self.must_be_whole()
            time.sleep(_POLL_SECONDS)

    def must_be_whole(self) -> None:
        """Raises RunFailed where a process has ended that this one would know of. Torchrun looks after those that it started."""

    def why_broken(self) -> str:
        """Why another process does not answer."""
        return _(
            "Another process that shares this run has ended, or does not answer. Resume the run: it goes on from its last "
            "checkpoint."
        )

    def close(self) -> None:
        """The others have ended well, or are to end at once."""
