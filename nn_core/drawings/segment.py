"""Segments a drawing: with several digits next to each other into single digits, and a digit into pieces of its strokes.

Most digits are a single stroke. The pieces of strokes are of similar length and end at corners, if possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from nn_core.drawings.layout import Box, group_shapes
from nn_core.drawings.rasterize import MIN_STROKE_EXTENT, drop_accidental_strokes
from nn_core.drawings.strokes import Drawing, Stroke

__all__ = ["Candidate", "segment_drawing", "split_strokes"]

SourceT = TypeVar("SourceT")


@dataclass(frozen=True)
class Candidate(Generic[SourceT]):
    """A part of a drawing or picture.

    Attributes:
        source: what is certainly separate from the rest.
        parts: if it could be several digits, those digits from left to right; else empty.
    """

    source: SourceT
    parts: tuple[SourceT, ...] = ()


def segment_drawing(drawing: Drawing) -> tuple[Candidate[Drawing], ...]:
    """Split the drawing into separate parts, in reading order: line by line, from left to right.

    Returns:
        The parts without accidental touches; a single candidate with the unchanged drawing if it cannot be split.
    """
    boxes = [_make_box(number, stroke) for number, stroke in enumerate(drawing.strokes) if stroke]
    groups = group_shapes(boxes, MIN_STROKE_EXTENT)

    def select(members: tuple[int, ...]) -> Drawing:
        return replace(drawing, strokes=tuple(drawing.strokes[member] for member in members))

    if not groups:
        return (Candidate(drawing),)
    return tuple(
        Candidate(drawing if len(groups) == 1 else select(group.members), tuple(map(select, group.parts)))
        for group in groups
    )


def _make_box(number: int, stroke: Stroke) -> Box:
    xs, ys = zip(*stroke, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys), (number,))


_MAX_SHIFT = 0.35  # of a piece: how far a cut may move to reach a corner
_MIN_CORNER_DEGREES = 50.0  # a larger change of direction within a third of a piece is a corner
_CANDIDATES = 29  # positions for each cut

Array = npt.NDArray[np.float64]


def split_strokes(drawing: Drawing, about: int = 10) -> list[Stroke]:
    """Split the strokes, in order, into about `about` pieces, at least one per stroke.

    Accidental touches are left out. Neighbouring pieces of a stroke share a point. An empty drawing has no pieces.
    """
    if drawing.is_empty:
        return []
    strokes = drop_accidental_strokes([np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke])
    distances = [_compute_distances(stroke) for stroke in strokes]
    total = max(sum(float(along[-1]) for along in distances), 1e-12)
    pieces = []
    for stroke, along in zip(strokes, distances, strict=True):
        length = float(along[-1])
        count = max(1, round(about * length / total))
        cuts = [_find_corner(stroke, along, length * number / count, length / count) for number in range(1, count)]
        pieces += _cut(stroke, along, cuts)
    return pieces


def _compute_distances(stroke: Array) -> Array:
    """Return the distance of each point from the start, along the stroke."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(stroke, axis=0), axis=1))])


def _interpolate(stroke: Array, along: Array, distances: Array) -> Array:
    """Return the points at these distances from the start: [count] → [count, 2]."""
    return np.stack([np.interp(distances, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _find_corner(stroke: Array, along: Array, distance: float, length: float) -> float:
    """Return the distance of the sharpest corner near `distance`, or `distance` if there is no corner."""
    candidates = np.linspace(distance - _MAX_SHIFT * length, distance + _MAX_SHIFT * length, _CANDIDATES)
    before, here, after = (_interpolate(stroke, along, candidates + step * length / 6) for step in (-1, 0, 1))
    incoming, outgoing = here - before, after - here
    cross = incoming[:, 0] * outgoing[:, 1] - incoming[:, 1] * outgoing[:, 0]
    angles = np.degrees(np.abs(np.arctan2(cross, (incoming * outgoing).sum(axis=1))))
    sharpest = int(angles.argmax())
    return float(candidates[sharpest]) if angles[sharpest] > _MIN_CORNER_DEGREES else distance


def _cut(stroke: Array, along: Array, cuts: Sequence[float]) -> list[Stroke]:
    if not cuts:
        return [_to_points(stroke)]
    pieces = []
    for start, end in pairwise([0.0, *cuts, float(along[-1])]):
        ends = _interpolate(stroke, along, np.array([start, end]))
        inside = stroke[(along > start) & (along < end)]
        pieces.append(_to_points(np.concatenate([ends[:1], inside, ends[1:]])))
    return pieces


def _to_points(stroke: Array) -> Stroke:
    return tuple((float(x), float(y)) for x, y in stroke)
