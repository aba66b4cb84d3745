"""Waiting for one's turn: the first of a lane takes the slot that becomes free, without anybody's help."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.runs.lock import is_locked
from nn_core.runs.queue.lanes import lane_of
from nn_core.runs.queue.slots import Slots
from nn_core.runs.queue.tickets import Ticket, before, door, queue_folder
from nn_core.runs.storing import storing

if TYPE_CHECKING:
    from nn_core.runs.folder import RunFolder  # which asks for a run's place

__all__ = ["await_turn", "enter"]

_LOOK_SECONDS = 0.2


def enter(run: RunFolder, *, bound: bool = False) -> Slots | Ticket:
    """The slots to train in, where they are free and nobody waits for them; otherwise a ticket. Raises ConfigError,
    StorageFailed.

    bound: for a process that computes on a device already, and draws a ticket where it might be given another one.
    """
    lane, folder = lane_of(run.config()), queue_folder(run.path.parent)
    with storing(folder), door(folder):
        free = not (bound and len(lane.devices) > 1) and before(folder, lane.name) is None
        if free and (slots := Slots.take(folder, lane)):
            return slots
        return Ticket.issue(folder, lane.name, run.name)


def await_turn(
    run: RunFolder, ticket: Ticket, cancelled: Callable[[], bool], moved: Callable[[], object] = lambda: None
) -> Slots | None:
    """The run's slots, once all who came before have theirs; None as soon as it is cancelled. The ticket is given back.

    Only the ticket next before this one is looked at, so a hundred that wait cost next to nothing. moved: called at first, and
    whenever that one is gone.
    """
    lane, folder = lane_of(run.config()), queue_folder(run.path.parent)
    ahead: Path | None = None
    looked = False
    try:
        while not cancelled():
            if not (ahead and is_locked(ahead)):
                with storing(folder), door(folder):
                    present = before(folder, lane.name, ticket.file)
                if present != ahead or not looked:
                    ahead, looked = present, True
                    moved()
            if ahead is None and (slots := Slots.take(folder, lane)):
                return slots
            time.sleep(_LOOK_SECONDS)
    finally:
        ticket.give_back()
    return None
