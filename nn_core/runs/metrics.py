"""`metrics.jsonl`: one JSON object a line, appended as a run trains.

    {"kind": "train", "step": 50, "epoch": 0.93, "loss": 0.41, "accuracy": 0.87, "lr": 0.01, …}
    {"kind": "validation", "step": 54, "epoch": 1.0, "loss": 0.35, "accuracy": 0.90, "lr": 0.01, …}
    {"kind": "turn", "step": 70, "epoch": 1.3, "lr": 0.003}
    {"kind": "pinned", "step": 70, "epoch": 1.3, "shares": {"5f0c21aa": 0.93}}

`epoch` counts with fractions, `accuracy` is a share from 0 to 1 or null where the network does not classify, `loss` the
mean over the samples of the line, `lr` the learning rate of its last step. At a turn somebody changed the learning rate; the
schedule multiplies what it was turned to. `shares` are how sure the network was of each pinned drawing (`pins.json`).
"""

import json
import os
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pydantic_core import from_json

from nn_core.atomic_io import replace_bytes

__all__ = ["LONGEST_LINE", "Curve", "History", "PinnedCurve", "append_metrics", "cut_metrics"]

_MOST_TURNS, _MOST_PINNED = 100_000, 100  # a damaged or foreign file may hold any number
_GOT = 0.5  # of two answers, the one that is surer than this is the network's
LONGEST_LINE = 1 << 16
"""Bytes, with the newline. The longest that is written, of all pinned drawings, has less than a tenth; a line that somebody
else wrote may be of any length, and takes fifty times its size once it is read."""
_BLOCK_BYTES = 2**20
_OF_THE_LAST = ("step", "epoch", "lr")


def append_metrics(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Append whole lines at once. Raises OSError, and then the file ends where it did before."""
    size = file.stat().st_size if file.exists() else 0
    try:
        with file.open("ab") as stream:
            stream.write(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    except OSError:
        if file.exists():
            os.truncate(file, size)
        raise


def cut_metrics(file: Path, size: int) -> None:
    """Drop what was written after the file had `size` bytes: a resumed run writes it again.

    The file is replaced, not truncated, so that a reader notices. One that a power cut left shorter, or with zeros where the
    last lines were, ends with its last whole line.
    """
    if not file.exists():
        return
    with file.open("rb") as stream:
        kept = stream.read(size)
    zeros = kept.find(b"\0")
    whole = kept.rfind(b"\n", 0, zeros if zeros >= 0 else None) + 1
    if file.stat().st_size != whole:
        replace_bytes(file, kept[:whole])


def _column() -> "array[float]":
    return array("d")  # a fourth of the memory of a list of numbers


@dataclass
class Curve:
    """Columns that only grow, the epoch last: the first `len(epoch)` values of each belong together at any moment."""

    epoch: "array[float]" = field(default_factory=_column)
    loss: "array[float]" = field(default_factory=_column)
    accuracy: "array[float]" = field(default_factory=_column)


@dataclass
class PinnedCurve:
    """How sure the network was, from 0 to 1, that a pinned drawing is what it is meant to be. The columns only grow."""

    epoch: Sequence[float] = field(default_factory=_column)
    share: Sequence[float] = field(default_factory=_column)
    _looked: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)

    @property
    def got_at(self) -> float | None:
        """The epoch since when it has been surer than a half without a break; None while it is not. Looks at each share once."""
        seen, first = self._looked
        total = len(self.epoch)
        for index in range(seen, total):
            if not self.share[index] > _GOT:
                first = index + 1
        self._looked = total, first
        return self.epoch[first] if first < total else None


class History:
    """The curves in a metrics file, read further at each `update`; nothing is read twice.

    turns: (epoch, learning rate) of each time that somebody changed it; pinned: a curve for each id of a pinned drawing;
    last_train: step, epoch and learning rate of the last line of its kind; generation: counts up whenever lines that were read
    are no longer there, and the curves began anew; unreadable: damaged lines and those beyond LONGEST_LINE, which are left out.

    A shallow copy stays what it is, but for values that are appended to its columns, while the original reads on.
    """

    def __init__(self, file: Path, generation: int = 0) -> None:
        self.file = file
        self.generation = generation
        self._begin()

    def _begin(self) -> None:
        self.train = Curve()
        self.validation = Curve()
        self.turns: list[tuple[float, float]] = []
        self.pinned: dict[str, PinnedCurve] = {}
        self.last_train: dict[str, Any] = {}
        self._offset = 0
        self.unreadable = 0
        self._last_read = b""
        self._inside_a_long_line = False
        self._read_to_the_end: tuple[int, ...] = ()

    @property
    def points(self) -> int:
        """Of all curves together."""
        pinned = sum(len(curve.epoch) for curve in tuple(self.pinned.values()))
        return len(self.train.epoch) + len(self.validation.epoch) + pinned

    def update(self) -> None:
        """Read what was appended; a last line that has no newline yet waits."""
        while self.read_on() < 1:
            pass

    def read_on(self) -> float:
        """`update`, but about a mebibyte of it. Gives the share of the file that has been read: 1 when that is all.

        A file that has not changed since it was read to its end is not opened.
        """
        try:
            if self._read_to_the_end == _identity(os.stat(self.file)):
                return 1.0
            stream = self.file.open("rb")
        except FileNotFoundError:
            if self._offset:
                self._begin_anew()
            return 1.0
        with stream:
            return self._read_block(stream)

    def _read_block(self, stream: BinaryIO) -> float:
        found = os.fstat(stream.fileno())
        stream.seek(self._offset - len(self._last_read))
        if stream.read(len(self._last_read)) != self._last_read:
            self._begin_anew()
            stream.seek(0)
        fresh = stream.read(_BLOCK_BYTES)
        *lines, begun = fresh.split(b"\n")
        for line in lines:
            self._take(line + b"\n")
        if begun and (self._inside_a_long_line or len(begun) >= LONGEST_LINE):
            self._take(begun)  # passed over as it comes, and not kept until its end is there
        if stream.tell() >= found.st_size:
            self._read_to_the_end = _identity(found)
            return 1.0
        return self._offset / found.st_size

    def _take(self, part: bytes) -> None:
        """A whole line, or the next part of one that is too long."""
        begins, ends = not self._inside_a_long_line, part.endswith(b"\n")
        if begins and ends and len(part) <= LONGEST_LINE:
            self._add(part)
        elif begins:
            self.unreadable += 1
        self._inside_a_long_line = not ends
        self._offset += len(part)
        self._last_read = part[-LONGEST_LINE:]

    def _begin_anew(self) -> None:
        self._begin()
        self.generation += 1

    def _add(self, line: bytes) -> None:
        try:
            record = from_json(line)
            if record["kind"] == "turn":
                if len(self.turns) >= _MOST_TURNS:
                    raise ValueError("nobody turns the learning rate so often")
                self.turns.append((float(record["epoch"]), float(record["lr"])))
                return
            if record["kind"] == "pinned":
                self._add_pinned(float(record["epoch"]), {key: float(share) for key, share in record["shares"].items()})
                return
            curve = {"train": self.train, "validation": self.validation}[record["kind"]]
            epoch, loss = float(record["epoch"]), float(record["loss"])
            accuracy = None if record["accuracy"] is None else float(record["accuracy"])
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            self.unreadable += 1
            return
        if accuracy is not None:
            curve.accuracy.append(accuracy)
        curve.loss.append(loss)
        curve.epoch.append(epoch)
        if curve is self.train:
            self.last_train = {key: record[key] for key in _OF_THE_LAST if key in record}

    def _add_pinned(self, epoch: float, shares: dict[str, float]) -> None:
        if len(self.pinned.keys() | shares.keys()) > _MOST_PINNED:
            raise ValueError("nobody pins so many drawings")
        for identity, share in shares.items():
            curve = self.pinned.setdefault(identity, PinnedCurve())
            curve.share.append(share)  # type: ignore[attr-defined]
            curve.epoch.append(epoch)  # type: ignore[attr-defined]


def _identity(found: os.stat_result) -> tuple[int, ...]:
    """Another one whenever a file has been written or replaced."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
