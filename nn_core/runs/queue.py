"""The queue of runs. No central process manages it.

A running worker holds the lock of a slot, a waiting one holds the lock of its queue entry, and the system releases both however the
process ends:

    <runs>/.queue/cpu.0.0.slot           held by the run that trains on the CPU
    <runs>/.queue/cpu.00000007.ticket    held by a run that waits; the lowest number is next
    <runs>/.queue/door                   held for a moment while an entry is created

A resource pool says how many runs may train at once: one per device, unless the environment allows more. The first waiting run of a
pool takes the next free slot by itself.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nn_core.atomic_io import exclusive_lock
from nn_core.config import RunConfig
from nn_core.data import DATASETS
from nn_core.devices import ALL_GPUS, list_gpu_names
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.paths import get_runs_at_once
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.lock import is_locked, try_lock

if TYPE_CHECKING:
    from nn_core.runs.folder import RunFolder  # which needs a run's position

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

_MAX_AT_ONCE = 64


@dataclass(frozen=True)
class ResourcePool:
    """Devices of the same kind that runs share and wait for.

    Attributes:
        name: cuda, mps, cpu or points.
        devices: Their names; for graphics cards, as in CUDA_VISIBLE_DEVICES.
        per_device: How many runs may train on a device at once.
        needed: How many devices the run that asks takes.
    """

    name: str
    devices: tuple[str, ...] = ("0",)
    per_device: int = 1
    needed: int = 1

    @property
    def slots(self) -> Iterator[tuple[str, str]]:
        """(device, file name of the slot). A device gets a second run only when each device has one."""
        for number in range(self.per_device):
            for device in self.devices:
                yield device, f"{self.name}.{device.replace('/', '-')}.{number}.slot"


def get_pool(config: RunConfig) -> ResourcePool:
    """Return the pool that a run of this config uses. Raises ConfigError for a wrong NN_LAB_RUNS_AT_ONCE.

    Points in the plane have a pool of their own, so that the playground never waits for an hour of training.
    """
    at_once = _parse_runs_at_once(get_runs_at_once())
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


def _parse_runs_at_once(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MAX_AT_ONCE:
        return int(text)
    raise ConfigError(
        _(
            "NN_LAB_RUNS_AT_ONCE = '{value}' must be a whole number from 1 to {maximum}: the runs that train at once on one device."
        ).format(value=text, maximum=_MAX_AT_ONCE)
    )


class Slots:
    """The slots of one run. They are held until `close`, or until every process that inherited the descriptors has ended."""

    def __init__(self, descriptors: Iterable[int], devices: Iterable[str] = ()) -> None:
        """devices: The graphics cards that the run may use, if there are several."""
        self.descriptors = tuple(descriptors)
        self.devices = tuple(devices)

    @classmethod
    def try_acquire(cls, folder: Path, pool: ResourcePool) -> Self | None:
        """Acquire as many slots as the run needs, each on another device; None if there are too few. Raises OSError."""
        held: dict[str, int] = {}
        with ExitStack() as release:
            for device, name in pool.slots:
                if device not in held and (descriptor := try_lock(folder / name)) is not None:
                    release.callback(os.close, descriptor)
                    held[device] = descriptor
                if len(held) == pool.needed:
                    release.pop_all()
                    return cls(held.values(), held if pool.name == "cuda" and len(pool.devices) > 1 else ())
        return None

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that let a process see only these graphics cards. They must be set before torch lists the cards, which
        it does only once."""
        if not self.devices:
            return {}
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.devices), ALL_GPUS: ",".join(list_gpu_names())}

    def close(self) -> None:
        """Release the slots."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


@dataclass
class QueueEntry:
    """A waiting run's place in the queue, held until `remove` or until every process that inherited the descriptor has ended."""

    file: Path
    descriptor: int

    @classmethod
    def create(cls, folder: Path, pool: str, run: str) -> Self:
        """Create the last entry of the pool. The caller holds `queue_lock`."""
        files = _list_files(folder, pool)
        last = int(files[-1].name.split(".")[1]) if files else 0
        file = folder / f"{pool}.{last + 1:08d}.ticket"
        entry = cls(file, os.open(file, os.O_RDWR | os.O_CREAT, 0o644))
        try:
            fcntl.flock(entry.descriptor, fcntl.LOCK_EX)
            with open(entry.descriptor, "wb", closefd=False) as stream:
                stream.write(run.encode())
        except OSError:
            entry.remove()  # otherwise it would block all later entries
            raise
        return entry

    @classmethod
    def inherited(cls, folder: Path, descriptor: int) -> Self:
        """Use the entry that the starting process passed as an open file descriptor. Raises LookupError if it is gone."""
        info = os.fstat(descriptor)
        for file in _list_files(folder):
            with suppress(FileNotFoundError):
                if os.path.samestat(info, file.stat()):
                    return cls(file, descriptor)
        raise LookupError(descriptor)

    @property
    def descriptors(self) -> tuple[int, ...]:
        return (self.descriptor,)

    @property
    def environment(self) -> dict[str, str]:
        """Empty, because only slots say which devices to use."""
        return {}

    def remove(self) -> None:
        """Leave the queue."""
        self.file.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leave the entry to the process that inherited it."""
        os.close(self.descriptor)


def get_queue_folder(root: Path) -> Path:
    """Return the folder of the queue of the runs in `root`."""
    return root / ".queue"


def queue_lock(folder: Path) -> AbstractContextManager[None]:
    """Lock the queue for a moment, to create an entry or to remove entries of processes that have ended. Raises OSError."""
    return exclusive_lock(folder / "door")


def find_entry_before(folder: Path, pool: str, entry: Path | None = None) -> Path | None:
    """Find the entry before this one, or the last one of the pool; None if no run waits there.

    Removes entries of processes that were killed, so the caller holds `queue_lock`.
    """
    for file in reversed(_list_files(folder, pool)):
        if entry and file.name >= entry.name:
            continue
        if is_locked(file):
            return file
        file.unlink(missing_ok=True)
    return None


def list_waiting_runs(root: Path) -> list[str]:
    """List the names of the waiting runs, pool by pool, each in order."""
    return [_read_run_name(file) for file in _list_files(get_queue_folder(root)) if is_locked(file)]


def get_queue_position(run: Path) -> int | None:
    """Return a run's position among those that wait for the same pool, from 1; None if it does not wait."""
    files = _list_files(get_queue_folder(run.parent))
    own = next((file for file in files if _read_run_name(file) == run.name and is_locked(file)), None)
    if own is None:
        return None
    pool = own.name.partition(".")[0]
    return sum(file.name <= own.name and file.name.partition(".")[0] == pool for file in files)


def _list_files(folder: Path, pool: str = "*") -> list[Path]:
    """List the files of the entries of one pool, or of all, in order."""
    return sorted(folder.glob(f"{pool}.*.ticket"))


def _read_run_name(entry: Path) -> str:
    """Read the name of the run; "" if the entry has just been removed."""
    try:
        return entry.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


_POLL_SECONDS = 0.2


def acquire_or_enqueue(run: RunFolder, *, bound: bool = False) -> Slots | QueueEntry:
    """Acquire the slots if they are free and no run waits for them; otherwise enqueue the run.

    Args:
        bound: The process uses a device already. It is enqueued where it might get another device.

    Raises:
        ConfigError: NN_LAB_RUNS_AT_ONCE is wrong.
        StorageFailed: The disk is full or read-only.
    """
    pool, folder = get_pool(run.config()), get_queue_folder(run.path.parent)
    with translate_storage_errors(folder), queue_lock(folder):
        may_acquire = not (bound and len(pool.devices) > 1) and find_entry_before(folder, pool.name) is None
        if may_acquire and (slots := Slots.try_acquire(folder, pool)):
            return slots
        return QueueEntry.create(folder, pool.name, run.name)


def wait_for_slot(
    run: RunFolder, entry: QueueEntry, is_cancelled: Callable[[], bool], on_move: Callable[[], object] = lambda: None
) -> Slots | None:
    """Wait until all earlier runs have their slots, and acquire the run's slots. The entry is removed in any case.

    Only the entry before this one is checked, so a hundred waiting runs cost almost nothing.

    Args:
        on_move: Called at the start, and whenever the entry before is gone.

    Returns:
        The slots, or None as soon as `is_cancelled` returns True.
    """
    pool, folder = get_pool(run.config()), get_queue_folder(run.path.parent)
    ahead: Path | None = None
    has_checked = False
    try:
        while not is_cancelled():
            if not (ahead and is_locked(ahead)):
                with translate_storage_errors(folder), queue_lock(folder):
                    before = find_entry_before(folder, pool.name, entry.file)
                if before != ahead or not has_checked:
                    ahead, has_checked = before, True
                    on_move()
            if ahead is None and (slots := Slots.try_acquire(folder, pool)):
                return slots
            time.sleep(_POLL_SECONDS)
    finally:
        entry.remove()
    return None
