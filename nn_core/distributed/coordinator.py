"""What the process that leads a run tells those that share it, at steps on which they agreed; see `distributed.follower`.

Nobody but the leader looks for requests, the clock or the disk. At a meeting it says what it did (a turn of the learning rate)
and what it needs (figures that all have to sum up), and at which step the next meeting is: about every 75 milliseconds.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import torch

from nn_core.config import RunConfig
from nn_core.devices import check_devices, choose_device
from nn_core.distributed.local_launcher import LocalLauncher
from nn_core.distributed.process_group import SharedGroup, is_peer_error
from nn_core.distributed.rendezvous import Launch
from nn_core.errors import RunFailed
from nn_core.runs import RunFolder
from nn_core.runs.status import Rank
from nn_core.training.state import TrainState

__all__ = ["Command", "Coordinator", "gather_processes"]

_LOOK_SECONDS = 0.05  # how long a request may lie before somebody looks
_MEETING_SECONDS = 0.075
_PACE_SECONDS = 1.0
_STILL_HERE_SECONDS = 1.0  # between two signs of life while a run is paused


class Command(IntEnum):
    """What the leader says at a meeting, with a number.

    GO: train on, until this step; TURN: to this learning rate; SUM_UP: the figures since they were last told; PACE: tell yours;
    WAIT: somebody paused the run; END: there is nothing more to do.
    """

    GO = 0
    TURN = 1
    SUM_UP = 2
    PACE = 3
    WAIT = 4
    END = 5


@contextmanager
def gather_processes(launch: Launch | None, config: RunConfig) -> Iterator[Coordinator]:
    """Those who share the run: the launch, or as many processes as the config asks for, which are started; or nobody.

    They end with what happens inside. Raises BadInput where this machine has fewer devices, RunFailed when one of them ends.
    """
    if launch is None and config.training.devices > 1:
        check_devices(config.training.device, config.training.devices)
        launch = LocalLauncher(config.training.devices)
    if launch is None or launch.size == 1:
        yield Coordinator()
        return
    others = _Followers(launch)
    try:
        yield others
    except RuntimeError as error:
        if is_peer_error(error):
            raise RunFailed(launch.why_broken()) from error
        raise
    finally:
        others.abandon()
        launch.close()


class Coordinator:
    """Nobody. listening: whether they wait for what is said now; ranks: the speed of each process, where there are several;
    here: the processes on this machine."""

    listening = True
    here = 1

    def __init__(self) -> None:
        self.ranks: list[Rank] = []
        self._next_look = 0.0

    def tell_of(self, run: RunFolder, config: RunConfig, state: dict[str, Any] | None) -> torch.device:
        """All that they need to begin or go on with the run; returns what this process computes on. Raises BadInput."""
        return choose_device(config.training.device)

    def share(self, session: TrainState) -> None:
        """Returns once all have such a session, which computes with them from here on."""

    def meet(self, session: TrainState) -> bool:
        """After each step: whether it is time to look for requests."""
        now = time.monotonic()
        due = now >= self._next_look
        if due:
            self._next_look = now + _LOOK_SECONDS
        return due

    def turn(self, rate: float) -> None:
        """The learning rate is another one from here on."""

    def sum_up(self) -> None:
        """Before the session's state is asked for."""

    def wait(self) -> None:
        """The run is paused; said again and again, so that nobody takes it for a process that hangs."""

    def go_on(self, session: TrainState, ending: bool) -> bool:
        """Closes a meeting; whether the training ends here. ending: whether it is to."""
        return ending

    def end(self) -> None:
        """They are not needed any more."""


class _Followers(Coordinator):
    """Some. All of them listen from the time that they share a session until `go_on`, and again from a meeting on."""

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self._launch = launch
        self.here = launch.local_size
        self._group: SharedGroup | None = None
        self._hosts: list[dict[str, str]] = []
        self._next_meeting = self._met_at_step = 0
        self._met_at = self._paced_at = self._said_at = time.monotonic()

    def tell_of(self, run: RunFolder, config: RunConfig, state: dict[str, Any] | None) -> torch.device:
        device = self._launch.device(config.training)
        self._launch.tell({"run": run.name, "config": config.model_dump()})
        group = self._group = self._launch.join(device)
        for file in (run.drawings_file, run.start_weights):
            group.told_bytes(file.read_bytes() if file.exists() else b"")
        packed = io.BytesIO()
        if state:
            torch.save(state, packed)
        group.told_bytes(packed.getvalue())
        return device

    def share(self, session: TrainState) -> None:
        assert self._group is not None, "they were told of the run before"
        self._launch.note_set_up(session.device)
        self._hosts = self._launch.await_set_up()
        session.join(self._group)
        self._met_at_step = session.step

    def meet(self, session: TrainState) -> bool:
        self.listening = self.listening or session.step >= self._next_meeting
        return self.listening

    def turn(self, rate: float) -> None:
        self._say(Command.TURN, rate)

    def sum_up(self) -> None:
        self._say(Command.SUM_UP)

    def wait(self) -> None:
        if time.monotonic() - self._said_at > _STILL_HERE_SECONDS:
            self._say(Command.WAIT)

    def go_on(self, session: TrainState, ending: bool) -> bool:
        if not self.listening or ending:
            return self.listening and ending
        now = time.monotonic()
        if now - self._paced_at > _PACE_SECONDS:
            self._paced_at = now
            self._ask_pace()
        steps, seconds = session.step - self._met_at_step, max(now - self._met_at, 1e-9)
        # At most three times as many as since the last meeting: a step may suddenly take longer.
        ahead = min(max(1, round(steps / seconds * _MEETING_SECONDS)), 3 * steps + 1)
        self._next_meeting = session.step + ahead
        self._say(Command.GO, self._next_meeting)
        self._met_at, self._met_at_step, self.listening = time.monotonic(), session.step, False
        return False

    def end(self) -> None:
        if self._group:
            if not self.ranks:
                self._ask_pace()  # of a run that was over before anybody asked
            self._say(Command.END)
            self._group.close()
            self._group = None
            self._launch.close()

    def abandon(self) -> None:
        """Unless the end was said: they find nobody any more."""
        if self._group:
            self._group.abandon()
            self._group = None

    def _ask_pace(self) -> None:
        self._say(Command.PACE)
        assert self._group is not None
        paces = self._group.gather(*self._group.pace())
        several_hosts = len({about["host"] for about in self._hosts}) > 1
        self.ranks = [
            Rank(
                device=f"{about['host']} {about['device']}" if several_hosts else about["device"],
                name=about["name"],
                samples_per_second=round(speed, 1),
                waiting=round(waiting, 3),
            )
            for about, (speed, waiting) in zip(self._hosts, paces, strict=True)
        ]

    def _say(self, what: Command, number: float = 0.0) -> None:
        if self._group:
            self._group.told(what, number)
            self._said_at = time.monotonic()
