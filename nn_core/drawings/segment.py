"""Segments a drawing with several digits next to each other into single digits.

Neighbouring strokes are more likely two digits if the gap between them is wide, and if they are wide together, because digits are
taller than wide. In doubtful cases, both segmentations are returned, and a classifier chooses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from nn_core.drawings.rasterize import MIN_STROKE_EXTENT
from nn_core.drawings.strokes import Drawing, Stroke

__all__ = ["Candidate", "segment_drawing"]

CERTAIN_DISTANCE = 1.05  # of `_compute_distance`: strokes further apart are two digits
POSSIBLE_DISTANCE = 0.75  # strokes closer to each other are one digit
MIN_HEIGHT = 0.4  # of the tallest stroke's height: flatter strokes are parts of a digit, such as the bar of a 5
MIN_TALLEST = 0.5  # of the largest stroke's extent: dashes are not tall, even if nothing is taller
LINE_GAP = 0.25  # of the tallest stroke's height, between two lines; the two rings of an 8 are closer to each other
MAX_STROKES = 60  # a drawing of more strokes is a scribble and not segmented


@dataclass(frozen=True)
class Candidate:
    """A part of a drawing.

    Attributes:
        drawing: strokes that are certainly separate from the rest.
        parts: if these strokes could be several digits, those digits from left to right; else empty.
    """

    drawing: Drawing
    parts: tuple[Drawing, ...] = ()


@dataclass(frozen=True)
class _Group:
    """Strokes that belong together, and their bounding box."""

    strokes: tuple[Stroke, ...]
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def extent(self) -> float:
        return max(self.width, self.height)

    def __add__(self, other: _Group) -> _Group:
        return _Group(
            self.strokes + other.strokes,
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def segment_drawing(drawing: Drawing) -> tuple[Candidate, ...]:
    """Split the drawing into separate parts, in reading order: line by line, from left to right.

    Returns:
        The parts without accidental touches; a single candidate with the unchanged drawing if it cannot be split.
    """
    groups = [_make_group(stroke) for stroke in drawing.strokes if stroke]
    largest = max((group.extent for group in groups), default=0.0)
    groups = [group for group in groups if group.extent >= MIN_STROKE_EXTENT * largest]
    if not largest or not 1 < len(groups) <= MAX_STROKES:
        return (Candidate(drawing),)
    tallest = max(MIN_TALLEST * largest, *(group.height for group in groups))
    candidates = []
    for line in _split_lines(groups, tallest):
        for separate in _merge(line, tallest, CERTAIN_DISTANCE):
            parts = _merge(map(_make_group, separate.strokes), tallest, POSSIBLE_DISTANCE)
            candidates.append((separate, parts if len(parts) > 1 else []))
    is_single = len(candidates) == 1
    return tuple(
        Candidate(
            drawing if is_single else replace(drawing, strokes=separate.strokes),
            tuple(replace(drawing, strokes=part.strokes) for part in parts),
        )
        for separate, parts in candidates
    )


def _make_group(stroke: Stroke) -> _Group:
    xs, ys = zip(*stroke, strict=True)
    return _Group((stroke,), min(xs), min(ys), max(xs), max(ys))


def _split_lines(groups: list[_Group], tallest: float) -> list[list[_Group]]:
    """Split the strokes into lines, from the top. A line that is not tall, such as the bars of some 5s, joins the next line."""
    lines: list[list[_Group]] = []
    line: list[_Group] = []
    for group in sorted(groups, key=lambda group: group.top):
        gap = group.top - max((other.bottom for other in line), default=group.top)
        if gap >= LINE_GAP * tallest and _is_tall(_join(line), tallest):
            lines.append(line)
            line = []
        line = [*line, group]
    if lines and not _is_tall(_join(line), tallest):
        line = lines.pop() + line
    return [*lines, line]


def _merge(groups: Iterable[_Group], tallest: float, threshold: float) -> list[_Group]:
    """Merge neighbours until all groups are tall and further apart than the threshold; return them from left to right."""
    merged = sorted(groups, key=lambda group: group.left + group.right)
    while len(merged) > 1:
        distances = [_compute_distance(left, right, tallest) for left, right in pairwise(merged)]
        for index, (left, right) in enumerate(pairwise(merged)):
            if not (_is_tall(left, tallest) and _is_tall(right, tallest)):
                distances[index] = min(distances[index], threshold)
        nearest = distances.index(min(distances))
        if distances[nearest] > threshold:
            break
        merged[nearest : nearest + 2] = [merged[nearest] + merged[nearest + 1]]
    return merged


def _compute_distance(left: _Group, right: _Group, tallest: float) -> float:
    """Return a score for two neighbours being two digits; the gap may be negative.

    Fitted to 7,494 digits by 30 people: none has strokes above 1.05, and 12 have strokes above 0.75. Placed next to each other, at
    least 15 % of their height apart, 998 of 1,000 pairs are above 1.05.
    """
    both = left + right
    gap = right.left - left.right
    height = max(left.height, right.height, tallest / 2)
    relative_gap = gap / max(left.width + right.width, 1e-9)
    return 2 * gap / height + both.width / max(both.height, tallest / 2) + 0.5 * min(max(relative_gap, -1.0), 1.0)


def _join(groups: list[_Group]) -> _Group:
    return sum(groups[1:], start=groups[0])


def _is_tall(group: _Group, tallest: float) -> bool:
    return group.height >= MIN_HEIGHT * tallest
