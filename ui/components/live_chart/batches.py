"""What one tick of the live chart sends: only new points, with their place in the list, few enough to stay light."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FULL_POINTS", "TICK_POINTS", "TURNS", "Curves", "PinnedLine", "Sent", "make_next_batch", "thin_points"]

FULL_POINTS = 2000
"""Points of a curve that a browser gets at first: a chart is about 1,000 pixels wide."""
TICK_POINTS = 240
"""Points of a curve in any later tick, so that a very fast run cannot flood the connection."""
TURNS = 100
"""Changes of the learning rate that are marked, the latest."""


@dataclass(frozen=True)
class PinnedLine:
    """How sure a network was, from 0 to 1, of a pinned drawing, at epochs that are fractional and ascending. id: tells it from
    the run's others; name: what people call it."""

    id: str
    name: str
    epoch: Sequence[float]
    share: Sequence[float]


@dataclass(frozen=True)
class Curves:
    """The whole history of a run in columns; the three of each curve have equal length.

    Epochs are fractional and ascending (one training point for many in an epoch, one validation point per epoch),
    losses are as computed, accuracies are fractions from 0 to 1, or empty where the network does not classify. A value that
    is not finite shows as a gap. turns: (epoch, new learning rate), wherever somebody turned it.
    """

    train_epoch: Sequence[float]
    train_loss: Sequence[float]
    train_accuracy: Sequence[float]
    validation_epoch: Sequence[float]
    validation_loss: Sequence[float]
    validation_accuracy: Sequence[float]
    turns: Sequence[tuple[float, float]] = ()
    pinned: Sequence[PinnedLine] = ()


@dataclass(frozen=True)
class Sent:
    """What a browser was last sent: which history, and per curve where that tick began and ended (pinned: by id)."""

    run: str
    generation: int
    train: tuple[int, int]
    validation: tuple[int, int]
    pinned: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def make_next_batch(curves: Curves, sent: Sent | None, *, run: str, generation: int) -> tuple[dict[str, Any], Sent]:
    """The next batch to send after `sent` (None: the browser holds nothing), and the record to keep.

    A small batch begins where the one before began, not where it ended: one lost tick costs nothing. The browser
    notices a larger gap by `from` and asks for everything. The work depends on what is new, not on the history.
    """
    train_total, validation_total = len(curves.train_epoch), len(curves.validation_epoch)
    pinned_totals = {line.id: len(line.epoch) for line in curves.pinned}
    if (
        sent is None
        or (sent.run, sent.generation) != (run, generation)
        or sent.train[1] > train_total
        or sent.validation[1] > validation_total
        or any(sent.pinned.get(key, (0, 0))[1] > total for key, total in pinned_totals.items())
    ):
        sent = Sent(run, generation, (0, 0), (0, 0))
    train = sent.train[0], train_total
    validation = sent.validation[0], validation_total
    pinned = {key: (sent.pinned.get(key, (0, 0))[0], total) for key, total in pinned_totals.items()}
    batch = {
        "run": run,
        "generation": generation,
        "train": _slice(
            {"x": curves.train_epoch, "loss": curves.train_loss, "accuracy": curves.train_accuracy}, *train
        ),
        "validation": _slice(
            {"x": curves.validation_epoch, "loss": curves.validation_loss, "accuracy": curves.validation_accuracy},
            *validation,
        ),
        "pinned": [
            {"id": line.id, "name": line.name, **_slice({"x": line.epoch, "share": line.share}, *pinned[line.id])}
            for line in curves.pinned
        ],
        # Few, so all of them travel each time: a lost tick or a reload costs none.
        "turns": [(_rounded(epoch), _rounded(rate)) for epoch, rate in curves.turns[-TURNS:]],
    }
    # The first batch is large: it is not repeated, and the browser asks again should it be lost.
    began = (sent.train[1] or train_total, sent.validation[1] or validation_total)
    shown = {key: (sent.pinned.get(key, (0, 0))[1] or total, total) for key, total in pinned_totals.items()}
    return batch, Sent(run, generation, (began[0], train_total), (began[1], validation_total), shown)


def thin_points(values: Sequence[float], limit: int) -> Sequence[int]:
    """Indices of at most `limit` of the values: the first, the last, and each bucket's lowest and highest, of those that are
    finite."""
    count = len(values)
    if count <= limit:
        return range(count)
    buckets = (limit - 2) // 2
    kept = [0]
    for bucket in range(buckets):
        start = 1 + bucket * (count - 2) // buckets
        stop = 1 + (bucket + 1) * (count - 2) // buckets
        kept += _extremes(values[start:stop], start)
    return [*kept, count - 1]


def _extremes(values: Sequence[float], start: int) -> list[int]:
    """Where the lowest and the highest of the values are, the first of which has the index `start`."""
    lowest, highest = min(values), max(values)
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        finite = [value for value in values if math.isfinite(value)]
        if not finite:
            return [start]
        lowest, highest = min(finite), max(finite)
    return sorted({start + values.index(lowest), start + values.index(highest)})


def _slice(columns: Mapping[str, Sequence[float]], start: int, stop: int) -> dict[str, Any]:
    """The points [start, stop) of a curve as the browser reads them, rounded, and thinned by the second of the columns."""
    _x, measure, *_more = columns.values()
    kept = thin_points(measure[start:stop], FULL_POINTS if start == 0 else TICK_POINTS)
    points = {name: [_rounded(column[start + i]) if column else None for i in kept] for name, column in columns.items()}
    return {"from": start, "to": stop, **points}


def _rounded(value: float) -> float | None:
    """Five significant digits: more than a screen shows, half the bytes of a float. None for what is not finite."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
