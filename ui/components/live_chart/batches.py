"""Batches of the live chart: each tick sends only new points with their index, thinned to a limited number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

__all__ = [
    "FULL_POINTS",
    "MAX_RATE_CHANGES",
    "TICK_POINTS",
    "Curves",
    "PinnedLine",
    "Sent",
    "make_next_batch",
    "thin_points",
]

FULL_POINTS = 2000
"""Maximum points of a curve in the first batch; a chart is about 1,000 pixels wide."""
TICK_POINTS = 240
"""Maximum points of a curve in later batches, so that a very fast run cannot flood the connection."""
MAX_RATE_CHANGES = 100
"""Only the latest changes of the learning rate are marked."""


@dataclass(frozen=True)
class PinnedLine:
    """The confidence in the correct class of a pinned drawing over the epochs.

    Attributes:
        id: of the pin, unique in the run.
        name: of the pin, any text.
        epoch: fractional and ascending.
        share: confidence from 0 to 1.
    """

    id: str
    name: str
    epoch: Sequence[float]
    share: Sequence[float]


@dataclass(frozen=True)
class Curves:
    """The whole history of a run in columns; the three of each curve have equal length.

    Epochs are fractional and ascending (many training points and one validation point per epoch). Losses are as computed.
    Accuracies are fractions from 0 to 1, or empty if the network does not classify. A value that is not finite appears as a gap.

    Attributes:
        rate_changes: (epoch, new learning rate) for each change by a user.
    """

    train_epoch: Sequence[float]
    train_loss: Sequence[float]
    train_accuracy: Sequence[float]
    validation_epoch: Sequence[float]
    validation_loss: Sequence[float]
    validation_accuracy: Sequence[float]
    rate_changes: Sequence[tuple[float, float]] = ()
    pinned: Sequence[PinnedLine] = ()


@dataclass(frozen=True)
class Sent:
    """The last batch sent to a browser: its history, and the first and end index of each curve by its key."""

    run: str
    generation: int
    ranges: Mapping[str, tuple[int, int]]


class Batch(TypedDict):
    """What the browser receives. `rateChanges` are (epoch, learning rate)."""

    run: str
    generation: int
    train: dict[str, object]
    validation: dict[str, object]
    pinned: list[dict[str, object]]
    rateChanges: list[tuple[float | None, float | None]]


def make_next_batch(curves: Curves, sent: Sent | None, *, run: str, generation: int) -> tuple[Batch, Sent]:
    """Return the next batch after `sent`, and the record of it.

    A small batch begins where the one before began, not where it ended, so one lost tick does no harm. The browser detects a larger
    gap by `from` and asks for everything. The cost depends on the number of new points, not on the length of the history.

    Args:
        sent: the record of the batch before; None if the browser has nothing.
    """
    columns = {
        "train": {"x": curves.train_epoch, "loss": curves.train_loss, "accuracy": curves.train_accuracy},
        "validation": {
            "x": curves.validation_epoch,
            "loss": curves.validation_loss,
            "accuracy": curves.validation_accuracy,
        },
        **{f"pinned {line.id}": {"x": line.epoch, "share": line.share} for line in curves.pinned},
    }
    totals = {key: len(column["x"]) for key, column in columns.items()}
    before = dict.fromkeys(columns, (0, 0))
    if sent and (sent.run, sent.generation) == (run, generation):
        known = {key: sent.ranges.get(key, (0, 0)) for key in columns}
        if all(end <= totals[key] for key, (_start, end) in known.items()):
            before = known
    points = {key: _slice(column, before[key][0], totals[key]) for key, column in columns.items()}
    batch: Batch = {
        "run": run,
        "generation": generation,
        "train": points["train"],
        "validation": points["validation"],
        "pinned": [{"id": line.id, "name": line.name, **points[f"pinned {line.id}"]} for line in curves.pinned],
        # All of them are sent each time, because they are few; a lost tick or a reload loses none.
        "rateChanges": [(_round(epoch), _round(rate)) for epoch, rate in curves.rate_changes[-MAX_RATE_CHANGES:]],
    }
    # The first batch is large, so it is not repeated; the browser asks again if it is lost.
    ranges = {key: (before[key][1] or total, total) for key, total in totals.items()}
    return batch, Sent(run, generation, ranges)


def thin_points(values: Sequence[float], limit: int) -> Sequence[int]:
    """Return at most `limit` indices: the first, the last, and in each bucket those of the lowest and highest finite value."""
    count = len(values)
    if count <= limit:
        return range(count)
    buckets = (limit - 2) // 2
    indices = [0]
    for bucket in range(buckets):
        start = 1 + bucket * (count - 2) // buckets
        stop = 1 + (bucket + 1) * (count - 2) // buckets
        indices += _find_extremes(values[start:stop], start)
    return [*indices, count - 1]


def _find_extremes(values: Sequence[float], start: int) -> list[int]:
    """The indices of the lowest and the highest finite value. start: index of the first value."""
    lowest, highest = min(values), max(values)
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        finite = [value for value in values if math.isfinite(value)]
        if not finite:
            return [start]
        lowest, highest = min(finite), max(finite)
    return sorted({start + values.index(lowest), start + values.index(highest)})


def _slice(columns: Mapping[str, Sequence[float]], start: int, stop: int) -> dict[str, object]:
    """The points [start, stop) of a curve for the browser: thinned by the second column and rounded."""
    _x, measure, *_more = columns.values()
    indices = thin_points(measure[start:stop], FULL_POINTS if start == 0 else TICK_POINTS)
    points = {
        name: [_round(column[start + i]) if column else None for i in indices] for name, column in columns.items()
    }
    return {"from": start, "to": stop, **points}


def _round(value: float) -> float | None:
    """Five significant digits, more than a screen shows and half the bytes of a float; None if it is not finite."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
