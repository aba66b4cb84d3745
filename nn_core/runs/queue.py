"""The queue of runs. No central process manages it.

A running worker holds the lock of a slot, a waiting one holds the lock of its queue entry (a ticket), and the system releases both
however the process ends:

    <runs>/.queue/cpu.0.0.slot           held by the run that trains on the CPU
    <runs>/.queue/cpu.00000007.ticket    held by a run that waits; the lowest number is next
    <runs>/.queue/door                   held for the moment in which a number is given out

A resource pool says how many runs may train at once: one per device, unless the environment allows more. The first waiting run of a
pool takes the next free slot by itself.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nn_core.atomic_io import exclusive_lock
from nn_core.config import RunConfig
from nn_core.data import DATASETS
from nn_core.errors import ConfigError
from nn_core.gpus import ALL_GPUS, list_gpu_names
from nn_core.i18n import _
from nn_core.paths import get_runs_at_once
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.lock import is_locked, try_lock

if TYPE_CHECKING:
    from nn_core.runs.folder import RunFolder  # which asks for a run's place

__all__ = [
    "QueueEntry",
    "ResourcePool",
    "Slots",
    "acquire_or_enqueue",
    "find_entry_before",
    "get_pool",
    "get_queue_folder",
    "get_queue_position",
    "list_waiting_runs",
    "queue_lock",
    "wait_for_slot",
]

_MOST_AT_ONCE = 64


@dataclass(frozen=True)
class ResourcePool:
    """Runs that wait for devices of the same kind.

    name: cuda, mps, cpu or points; devices: their names, of graphics cards those that CUDA_VISIBLE_DEVICES knows; per_device: the
    runs that share one; needed: the devices that the run in question takes.
    """

    name: str
    devices: tuple[str, ...] = ("0",)
    per_device: int = 1
    needed: int = 1

    @property
    def slots(self) -> Iterator[tuple[str, str]]:
        """(device, name of the slot). A second run comes to a device only when each has one."""
        for share in range(self.per_device):
            for device in self.devices:
                yield device, f"{self.name}.{device.replace('/', '-')}.{share}.slot"


def get_pool(config: RunConfig) -> ResourcePool:
    """Where a run of this config waits. Raises ConfigError for a NN_LAB_RUNS_AT_ONCE that is no number.

    Points in the plane have a lane of their own: nobody who plays with a few neurons waits behind an hour of training.
    """
    at_once = _at_once(get_runs_at_once())
    spec = DATASETS.get(config.data.name)
    if spec and spec.kind == "points":
        return ResourcePool("points", per_device=max(at_once, 2, os.cpu_count() or 1))
    device, cards = config.training.device, tuple(list_gpu_names())
    if device == "cuda" or (device == "auto" and cards):
        cards = cards or ResourcePool.devices
        return ResourcePool("cuda", cards, at_once, min(config.training.devices, len(cards)))
    if device == "mps" or (device == "auto" and sys.platform == "darwin"):
        return ResourcePool("mps", per_device=at_once)
    return ResourcePool("cpu", per_device=at_once)


def _at_once(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST_AT_ONCE:
        return int(text)
    raise ConfigError(
        _(
            "NN_LAB_RUNS_AT_ONCE = '{value}' must be a whole number from 1 to {most}: the runs that train at once on one device."
        ).format(value=text, most=_MOST_AT_ONCE)
    )


class Slots:
    """Those that one run trains in. Held until `close`, or until every process that inherited the descriptors has ended."""

    def __init__(self, descriptors: Iterable[int], devices: Iterable[str] = ()) -> None:
        """devices: the graphics cards that the run may use, where there is a choice."""
        self.descriptors = tuple(descriptors)
        self.devices = tuple(devices)

    @classmethod
    def take(cls, folder: Path, lane: ResourcePool) -> Self | None:
        """As many as the lane's run needs, each on another device; None, and nothing held, while there are not so many. Raises
        OSError, and then nothing is held either."""
        held: dict[str, int] = {}
        try:
            for device, name in lane.slots:
                descriptor = try_lock(folder / name) if device not in held else None
                if descriptor is not None:
                    held[device] = descriptor
                if len(held) == lane.needed:
                    return cls(held.values(), held if lane.name == "cuda" and len(lane.devices) > 1 else ())
        except OSError:
            cls(held.values()).close()
            raise
        cls(held.values()).close()
        return None

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process see these graphics cards and no others, and still know of all. It has to hold before torch asks the
        driver for cards, which it does once and for all."""
        if not self.devices:
            return {}
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.devices), ALL_GPUS: ",".join(list_gpu_names())}

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


@dataclass
class QueueEntry:
    """A place among those that wait, until `give_back` or until every process that inherited the descriptor has ended."""

    file: Path
    descriptor: int

    @classmethod
    def issue(cls, folder: Path, lane: str, run: str) -> Self:
        """The next number of the lane, for whoever stands in the `door`."""
        last = max((number for number, _file in _tickets(folder, lane)), default=0)
        file = folder / f"{lane}.{last + 1:08d}.ticket"
        ticket = cls(file, os.open(file, os.O_RDWR | os.O_CREAT, 0o644))
        try:
            fcntl.flock(ticket.descriptor, fcntl.LOCK_EX)
            with open(ticket.descriptor, "wb", closefd=False) as stream:
                stream.write(run.encode())
        except OSError:
            ticket.give_back()  # one that nobody waits with would hold up all who come later
            raise
        return ticket

    @classmethod
    def inherited(cls, folder: Path, descriptor: int) -> Self:
        """The one that the starting process drew and handed down as an open descriptor. Raises LookupError if it is gone."""
        about = os.fstat(descriptor)
        for file in _files(folder):
            with suppress(FileNotFoundError):
                if os.path.samestat(about, file.stat()):
                    return cls(file, descriptor)
        raise LookupError(descriptor)

    @property
    def descriptors(self) -> tuple[int, ...]:
        return (self.descriptor,)

    @property
    def environment(self) -> dict[str, str]:
        """Only the slots say which devices to use."""
        return {}

    def give_back(self) -> None:
        self.file.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leave it to the process that inherited it."""
        os.close(self.descriptor)


def get_queue_folder(root: Path) -> Path:
    """Where the queue of the runs below `root` is."""
    return root / ".queue"


def queue_lock(folder: Path) -> AbstractContextManager[None]:
    """One at a time, for a moment: to draw a ticket, or to take one away that nobody holds. Raises OSError."""
    return exclusive_lock(folder / "door")


def find_entry_before(folder: Path, lane: str, ticket: Path | None = None) -> Path | None:
    """The ticket next before this one, or the last of the lane; None if nobody waits there. For whoever stands in the `door`:
    what a process that was killed left behind is taken away."""
    for _number, file in sorted(_tickets(folder, lane), reverse=True):
        if ticket and file.name >= ticket.name:
            continue
        if is_locked(file):
            return file
        file.unlink(missing_ok=True)
    return None


def list_waiting_runs(root: Path) -> list[str]:
    """The names of the runs that wait, lane by lane, each in order."""
    return [_run_of(file) for file in _files(get_queue_folder(root)) if is_locked(file)]


def get_queue_position(run: Path) -> int | None:
    """Which place a run has among those that wait for the same kind of device, from 1; None where it does not wait."""
    files = _files(get_queue_folder(run.parent))
    own = next((file for file in files if _run_of(file) == run.name and is_locked(file)), None)
    if own is None:
        return None
    lane = own.name.partition(".")[0]
    return sum(file.name <= own.name and file.name.partition(".")[0] == lane for file in files)


def _tickets(folder: Path, lane: str) -> Iterator[tuple[int, Path]]:
    for file in _files(folder):
        kind, number, _ending = file.name.split(".")
        if kind == lane:
            yield int(number), file


def _files(folder: Path) -> list[Path]:
    """All tickets, in order."""
    return sorted(folder.glob("*.*.ticket"))


def _run_of(ticket: Path) -> str:
    """The name of the run; "" when the ticket has just been given back."""
    try:
        return ticket.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


_LOOK_SECONDS = 0.2


def acquire_or_enqueue(run: RunFolder, *, bound: bool = False) -> Slots | QueueEntry:
    """The slots to train in, where they are free and nobody waits for them; otherwise a ticket. Raises ConfigError,
    StorageFailed.

    bound: for a process that computes on a device already, and draws a ticket where it might be given another one.
    """
    lane, folder = get_pool(run.config()), get_queue_folder(run.path.parent)
    with translate_storage_errors(folder), queue_lock(folder):
        free = not (bound and len(lane.devices) > 1) and find_entry_before(folder, lane.name) is None
        if free and (slots := Slots.take(folder, lane)):
            return slots
        return QueueEntry.issue(folder, lane.name, run.name)


def wait_for_slot(
    run: RunFolder, ticket: QueueEntry, cancelled: Callable[[], bool], moved: Callable[[], object] = lambda: None
) -> Slots | None:
    """The run's slots, once all who came before have theirs; None as soon as it is cancelled. The ticket is given back.

    Only the ticket next before this one is looked at, so a hundred that wait cost next to nothing. moved: called at first, and
    whenever that one is gone.
    """
    lane, folder = get_pool(run.config()), get_queue_folder(run.path.parent)
    ahead: Path | None = None
    looked = False
    try:
        while not cancelled():
            if not (ahead and is_locked(ahead)):
                with translate_storage_errors(folder), queue_lock(folder):
                    present = find_entry_before(folder, lane.name, ticket.file)
                if present != ahead or not looked:
                    ahead, looked = present, True
                    moved()
            if ahead is None and (slots := Slots.take(folder, lane)):
                return slots
            time.sleep(_LOOK_SECONDS)
    finally:
        ticket.give_back()
    return None
