"""`metrics.jsonl`: one JSON object per line, appended while a run trains.

    {"kind": "train", "step": 50, "epoch": 0.93, "loss": 0.41, "accuracy": 0.87, "lr": 0.01, …}
    {"kind": "validation", "step": 54, "epoch": 1.0, "loss": 0.35, "accuracy": 0.90, "lr": 0.01, …}
    {"kind": "turn", "step": 70, "epoch": 1.3, "lr": 0.003}
    {"kind": "edit", "step": 70, "epoch": 1.3, "parameter": "1.weight", "index": [0, 1], "value": 0.5}
    {"kind": "pinned", "step": 70, "epoch": 1.3, "shares": {"5f0c21aa": 0.93}}

`epoch` has fractions. `accuracy` is from 0 to 1, or null for a network that does not classify. `loss` is the mean over the samples of
the line, `lr` the learning rate of its last step. Where a number is predicted, `r_squared` is there too: the share of the variance of the
values that is explained, at most 1. A `turn` is a requested change of the learning rate; the schedule multiplies the new value. An `edit`
is a weight that a user has set. `shares` are the confidences in each pinned drawing's own label (`pins.json`).
"""

import json
import os
from array import array
from collections.abc import Iterable, Mapping, MutableSequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic_core import from_json

from nn_core.atomic_io import replace_bytes

__all__ = ["LONGEST_LINE", "Curve", "History", "PinnedCurve", "append_metrics", "cut_metrics", "get_identity"]

_MAX_LR_CHANGES, _MAX_EDITS, _MAX_PINNED = 100_000, 100_000, 100  # a damaged or foreign file may contain any number
_MAX_NUMBER = 1e15  # steps or seconds
_RECOGNIZED = 0.5  # an answer with a higher confidence is the network's
LONGEST_LINE = 1 << 16
"""Bytes, with the newline. The longest line that NN Lab writes has less than a tenth. A line of another program may have any length,
and takes fifty times its size in memory."""
_BLOCK_BYTES = 2**20
_LAST_KEYS = ("step", "epoch", "lr")


def append_metrics(file: Path, records: Iterable[Mapping[str, object]]) -> None:
    """Append lines, all or none. Raises OSError."""
    size = file.stat().st_size if file.exists() else 0
    try:
        with file.open("ab") as stream:
            stream.write(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    except OSError:
        if file.exists():
            os.truncate(file, size)
        raise


def cut_metrics(file: Path, size: int) -> None:
    """Drop what was written after the file had `size` bytes, because a resumed run writes it again.

    The file is replaced, not truncated, so that readers notice. If a power cut left it shorter, or with zeros at the end, it ends
    with its last complete line.
    """
    if not file.exists():
        return
    with file.open("rb") as stream:
        kept = stream.read(size)
    zeros = kept.find(b"\0")
    complete = kept.rfind(b"\n", 0, zeros if zeros >= 0 else None) + 1
    if file.stat().st_size != complete:
        replace_bytes(file, kept[:complete])


def _column() -> "array[float]":
    return array("d")  # a quarter of the memory of a list


@dataclass
class Curve:
    """Columns that only grow, the epoch last: the first `len(epoch)` values of each column belong together at any time."""

    epoch: "array[float]" = field(default_factory=_column)
    step: "array[float]" = field(default_factory=_column)
    seconds: "array[float]" = field(default_factory=_column)
    """Spent training until then; like the step, -1 in a line that does not say."""
    loss: "array[float]" = field(default_factory=_column)
    accuracy: "array[float]" = field(default_factory=_column)
    r_squared: "array[float]" = field(default_factory=_column)


@dataclass
class PinnedCurve:
    """The confidence, from 0 to 1, in a pinned drawing's own label. The columns only grow."""

    epoch: MutableSequence[float] = field(default_factory=_column)
    share: MutableSequence[float] = field(default_factory=_column)
    _checked: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)

    @property
    def recognized_at(self) -> float | None:
        """The epoch since which the confidence has always been above a half; None while it is not. Each value is checked once."""
        seen, first = self._checked
        total = len(self.epoch)
        for index in range(seen, total):
            if not self.share[index] > _RECOGNIZED:
                first = index + 1
        self._checked = total, first
        return self.epoch[first] if first < total else None


class History:
    """The curves in a metrics file. Each `update` reads what was appended; nothing is read twice.

    A shallow copy does not change while the original is updated, except that values are appended to its columns.

    Attributes:
        lr_changes: (epoch, learning rate) of each requested change.
        edits: (epoch, parameter, value) of each weight that a user has set.
        pinned: A curve for each id of a pinned drawing.
        last_train: Step, epoch and learning rate of the last training line.
        generation: Increases when lines that were read are gone and the curves have been read again from the start.
        unreadable: Number of damaged lines and of lines beyond LONGEST_LINE, which are left out.
    """

    def __init__(self, file: Path, generation: int = 0) -> None:
        self.file = file
        self.generation = generation
        self._clear()

    def _clear(self) -> None:
        self.train = Curve()
        self.validation = Curve()
        self.lr_changes: list[tuple[float, float]] = []
        self.edits: list[tuple[float, str, float]] = []
        self.pinned: dict[str, PinnedCurve] = {}
        self.last_train: dict[str, float] = {}
        self._offset = 0
        self.unreadable = 0
        self._last_read = b""
        self._is_in_long_line = False
        self._identity_at_end: tuple[int, ...] = ()

    @property
    def points(self) -> int:
        """Number of points of all curves."""
        pinned = sum(len(curve.epoch) for curve in tuple(self.pinned.values()))
        return len(self.train.epoch) + len(self.validation.epoch) + pinned

    def update(self) -> None:
        """Read what was appended. A last line without a newline is read later."""
        while self.read_block() < 1:
            pass

    def read_block(self) -> float:
        """Read about a mebibyte of what was appended. Returns the fraction of the file that has been read.

        A file that has not changed since it was read to its end is not opened.
        """
        try:
            if self._identity_at_end == get_identity(os.stat(self.file)):
                return 1.0
            stream = self.file.open("rb")
        except FileNotFoundError:
            if self._offset:
                self._restart()
            return 1.0
        with stream:
            return self._read_from(stream)

    def _read_from(self, stream: BinaryIO) -> float:
        found = os.fstat(stream.fileno())
        stream.seek(self._offset - len(self._last_read))
        if stream.read(len(self._last_read)) != self._last_read:
            self._restart()
            stream.seek(0)
        fresh = stream.read(_BLOCK_BYTES)
        *lines, incomplete = fresh.split(b"\n")
        for line in lines:
            self._take(line + b"\n")
        if incomplete and (self._is_in_long_line or len(incomplete) >= LONGEST_LINE):
            self._take(incomplete)  # skipped in parts, so that a long line is never kept in memory
        if stream.tell() >= found.st_size:
            self._identity_at_end = get_identity(found)
            return 1.0
        return self._offset / found.st_size

    def _take(self, part: bytes) -> None:
        """Take a complete line, or the next part of one that is too long."""
        starts, ends = not self._is_in_long_line, part.endswith(b"\n")
        if starts and ends and len(part) <= LONGEST_LINE:
            self._add(part)
        elif starts:
            self.unreadable += 1
        self._is_in_long_line = not ends
        self._offset += len(part)
        self._last_read = part[-LONGEST_LINE:]

    def _restart(self) -> None:
        self._clear()
        self.generation += 1

    def _add(self, line: bytes) -> None:
        try:
            record = from_json(line)
            if record["kind"] == "turn":
                if len(self.lr_changes) >= _MAX_LR_CHANGES:
                    raise ValueError("too many changes of the learning rate")
                self.lr_changes.append((float(record["epoch"]), float(record["lr"])))
                return
            if record["kind"] == "edit":
                if len(self.edits) >= _MAX_EDITS:
                    raise ValueError("too many edits")
                self.edits.append((float(record["epoch"]), str(record["parameter"]), float(record["value"])))
                return
            if record["kind"] == "pinned":
                self._add_pinned(float(record["epoch"]), {key: float(share) for key, share in record["shares"].items()})
                return
            curve = {"train": self.train, "validation": self.validation}[record["kind"]]
            epoch, loss = float(record["epoch"]), float(record["loss"])
            accuracy = None if record["accuracy"] is None else float(record["accuracy"])
            r_squared = float(record["r_squared"]) if "r_squared" in record else None
            step, seconds = (_read_number(record.get(name)) for name in ("step", "elapsed_seconds"))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            self.unreadable += 1
            return
        if accuracy is not None:
            curve.accuracy.append(accuracy)
        if r_squared is not None:
            curve.r_squared.append(r_squared)
        curve.step.append(step)
        curve.seconds.append(seconds)
        curve.loss.append(loss)
        curve.epoch.append(epoch)
        if curve is self.train:
            self.last_train = {key: record[key] for key in _LAST_KEYS if key in record}

    def _add_pinned(self, epoch: float, shares: dict[str, float]) -> None:
        if len(self.pinned.keys() | shares.keys()) > _MAX_PINNED:
            raise ValueError("too many pinned drawings")
        for identity, share in shares.items():
            curve = self.pinned.setdefault(identity, PinnedCurve())
            curve.share.append(share)
            curve.epoch.append(epoch)


def _read_number(value: object) -> float:
    """Return a number that a chart can do without; -1 for anything else."""
    return float(value) if isinstance(value, int | float) and 0 <= value < _MAX_NUMBER else -1.0


def get_identity(found: os.stat_result) -> tuple[int, ...]:
    """Return inode, size and times, of which at least one changes when a file is written or replaced."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
