"""Splits strokes into pieces of similar length, at corners where there are some: most digits are a single stroke."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nn_core.drawings.rasterize import drop_slips
from nn_core.drawings.strokes import Drawing, Stroke

__all__ = ["LEEWAY", "SHARPEST_CURVE", "Array", "split_strokes"]

LEEWAY = 0.35  # of a piece: so far may a cut move to reach a corner


SHARPEST_CURVE = 50.0  # degrees: what turns more within a third of a piece is a corner


_TRIED = 29  # places for each cut


Array = npt.NDArray[np.float64]


def split_strokes(drawing: Drawing, about: int = 10) -> list[Stroke]:
    """The strokes in order, cut into `about` pieces, but into one a stroke at least; slips of the finger are left out.

    Two pieces of a stroke share the point where they meet. Empty for an empty drawing.
    """
    if drawing.is_empty:
        return []
    strokes = drop_slips([np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke])
    along = [_along(stroke) for stroke in strokes]
    whole = max(sum(float(places[-1]) for places in along), 1e-12)
    pieces = []
    for stroke, places in zip(strokes, along, strict=True):
        length = float(places[-1])
        count = max(1, round(about * length / whole))
        cuts = [_corner_near(stroke, places, length * number / count, length / count) for number in range(1, count)]
        pieces += _cut(stroke, places, cuts)
    return pieces


def _along(stroke: Array) -> Array:
    """How far along the stroke each of its points is."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(stroke, axis=0), axis=1))])


def _at(stroke: Array, along: Array, places: Array) -> Array:
    """[count] → [count, 2], the points so far along the stroke."""
    return np.stack([np.interp(places, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _corner_near(stroke: Array, along: Array, place: float, length: float) -> float:
    """The sharpest corner within reach of the place, or the place itself where the stroke only bends."""
    places = np.linspace(place - LEEWAY * length, place + LEEWAY * length, _TRIED)
    before, here, after = (_at(stroke, along, places + step * length / 6) for step in (-1, 0, 1))
    coming, going = here - before, after - here
    cross = coming[:, 0] * going[:, 1] - coming[:, 1] * going[:, 0]
    turn = np.degrees(np.abs(np.arctan2(cross, (coming * going).sum(axis=1))))
    sharpest = int(turn.argmax())
    return float(places[sharpest]) if turn[sharpest] > SHARPEST_CURVE else place


def _cut(stroke: Array, along: Array, cuts: Sequence[float]) -> list[Stroke]:
    if not cuts:
        return [_points(stroke)]
    pieces = []
    for start, end in pairwise([0.0, *cuts, float(along[-1])]):
        ends = _at(stroke, along, np.array([start, end]))
        inside = stroke[(along > start) & (along < end)]
        pieces.append(_points(np.concatenate([ends[:1], inside, ends[1:]])))
    return pieces


def _points(stroke: Array) -> Stroke:
    return tuple((float(x), float(y)) for x, y in stroke)
