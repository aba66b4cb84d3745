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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nn_core.errors import DamagedRun
from nn_core.files import replace_bytes
from nn_core.i18n import _

__all__ = ["History", "PinnedCurve", "append_metrics", "cut_metrics"]

_GOT = 0.5  # of two answers, the one that is surer than this is the network's


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

    The file is replaced, not truncated, so that a reader notices. A file that a power cut left shorter ends with its last
    whole line.
    """
    if file.exists() and file.stat().st_size != size:
        kept = file.read_bytes()[:size]
        replace_bytes(file, kept[: kept.rfind(b"\n") + 1])


@dataclass
class Curve:
    epoch: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)


@dataclass
class PinnedCurve:
    """How sure the network was, from 0 to 1, that a pinned drawing is what it is meant to be."""

    epoch: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)

    @property
    def got_at(self) -> float | None:
        """The epoch since when it has been surer than a half without a break; None while it is not."""
        first = len(self.share)
        while first and self.share[first - 1] > _GOT:
            first -= 1
        return self.epoch[first] if first < len(self.share) else None


class History:
    """The curves in a metrics file, read further at each `update`; nothing is read twice.

    turns: (epoch, learning rate) of each time that somebody changed it; pinned: a curve for each id of a pinned drawing;
    generation: counts up whenever lines that were read are no longer there, and the curves began anew.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.generation = 0
        self._begin()

    def _begin(self) -> None:
        self.train = Curve()
        self.validation = Curve()
        self.turns: list[tuple[float, float]] = []
        self.pinned: dict[str, PinnedCurve] = {}
        self.last_train: dict[str, Any] = {}
        self._offset = 0
        self._lines = 0
        self._last_line = b""

    def update(self) -> None:
        """Read what was appended; a last line that has no newline yet waits. Raises DamagedRun."""
        try:
            stream = self.file.open("rb")
        except FileNotFoundError:
            return
        with stream:
            stream.seek(self._offset - len(self._last_line))
            if stream.read(len(self._last_line)) != self._last_line:
                self._begin()
                self.generation += 1
                stream.seek(0)
            fresh = stream.read()
        for line in fresh[: fresh.rfind(b"\n") + 1].splitlines(keepends=True):
            self._add(line)
            self._lines += 1
            self._offset += len(line)
            self._last_line = line

    def _add(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            if record["kind"] == "turn":
                self.turns.append((float(record["epoch"]), float(record["lr"])))
                return
            if record["kind"] == "pinned":
                self._add_pinned(float(record["epoch"]), {key: float(share) for key, share in record["shares"].items()})
                return
            curve = {"train": self.train, "validation": self.validation}[record["kind"]]
            epoch, loss = float(record["epoch"]), float(record["loss"])
            accuracy = None if record["accuracy"] is None else float(record["accuracy"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedRun(
                _("Run '{run}' has a damaged file, metrics.jsonl, line {line}. Restore it, or delete the run.").format(
                    run=self.file.parent.name, line=self._lines + 1
                )
            ) from error
        curve.epoch.append(epoch)
        curve.loss.append(loss)
        if accuracy is not None:
            curve.accuracy.append(accuracy)
        if curve is self.train:
            self.last_train = record

    def _add_pinned(self, epoch: float, shares: dict[str, float]) -> None:
        for identity, share in shares.items():
            curve = self.pinned.setdefault(identity, PinnedCurve())
            curve.epoch.append(epoch)
            curve.share.append(share)
