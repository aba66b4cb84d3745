"""A ticket is a place among the runs that wait: a numbered file with the run's name, locked by the process that waits."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nn_core.files import alone
from nn_core.runs.lock import is_locked

__all__ = ["Ticket", "before", "door", "place_of", "queue_folder", "waiting"]


@dataclass
class Ticket:
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


def queue_folder(root: Path) -> Path:
    """Where the queue of the runs below `root` is."""
    return root / ".queue"


def door(folder: Path) -> AbstractContextManager[None]:
    """One at a time, for a moment: to draw a ticket, or to take one away that nobody holds. Raises OSError."""
    return alone(folder / "door")


def before(folder: Path, lane: str, ticket: Path | None = None) -> Path | None:
    """The ticket next before this one, or the last of the lane; None if nobody waits there. For whoever stands in the `door`:
    what a process that was killed left behind is taken away."""
    for _number, file in sorted(_tickets(folder, lane), reverse=True):
        if ticket and file.name >= ticket.name:
            continue
        if is_locked(file):
            return file
        file.unlink(missing_ok=True)
    return None


def waiting(root: Path) -> list[str]:
    """The names of the runs that wait, lane by lane, each in order."""
    return [_run_of(file) for file in _files(queue_folder(root)) if is_locked(file)]


def place_of(run: Path) -> int | None:
    """Which place a run has among those that wait for the same kind of device, from 1; None where it does not wait."""
    files = _files(queue_folder(run.parent))
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
