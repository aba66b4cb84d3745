"""Groups neighbouring shapes, strokes or pieces of ink, into digits, in reading order.

Neighbouring shapes are more likely two digits if the gap between them is wide, and if they are wide together, because digits are
taller than wide. In doubtful cases, both groupings are returned, and a classifier chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Box", "Group", "group_shapes"]

CERTAIN_DISTANCE = 1.05  # of `_compute_distance`: shapes further apart are two digits
POSSIBLE_DISTANCE = 0.75  # shapes closer to each other are one digit
MIN_HEIGHT = 0.4  # of the tallest shape's height: flatter shapes are parts of a digit, such as the bar of a 5
MIN_TALLEST = 0.5  # of the largest shape's extent: dashes are not tall, even if nothing is taller
LINE_GAP = 0.25  # of the tallest shape's height, between two lines; the two rings of an 8 are closer to each other
MAX_SHAPES = 60  # more shapes are a scribble and not grouped


@dataclass(frozen=True)
class Box:
    """The bounding box of a shape, or of several. members: which."""

    left: float
    top: float
    right: float
    bottom: float
    members: tuple[int, ...]

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def extent(self) -> float:
        return max(self.width, self.height)

    def __add__(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.members + other.members,
        )


@dataclass(frozen=True)
class Group:
    """Shapes that are certainly separate from the rest.

    Attributes:
        members: all of them.
        parts: if they could be several digits, the members of those digits from left to right; else empty.
    """

    members: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...] = ()


def group_shapes(shapes: Sequence[Box], min_extent: float) -> tuple[Group, ...]:
    """Group the shapes, each a box with one member, line by line, from left to right.

    Args:
        shapes: in any order.
        min_extent: of the largest one's; smaller shapes are left out.

    Returns:
        Nothing if the shapes cannot be grouped.
    """
    largest = max((shape.extent for shape in shapes), default=0.0)
    boxes = [shape for shape in shapes if shape.extent >= min_extent * largest]
    if not largest or not 1 < len(boxes) <= MAX_SHAPES:
        return ()
    by_member = {box.members[0]: box for box in boxes}
    tallest = max(MIN_TALLEST * largest, *(box.height for box in boxes))
    groups = []
    for line in _split_lines(boxes, tallest):
        for separate in _merge(line, tallest, CERTAIN_DISTANCE):
            parts = _merge((by_member[member] for member in separate.members), tallest, POSSIBLE_DISTANCE)
            groups.append(Group(separate.members, tuple(part.members for part in parts) if len(parts) > 1 else ()))
    return tuple(groups)


def _split_lines(boxes: list[Box], tallest: float) -> list[list[Box]]:
    """Split the shapes into lines, from the top. A line that is not tall, such as the bars of some 5s, joins the next line."""
    lines: list[list[Box]] = []
    line: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.top):
        gap = box.top - max((other.bottom for other in line), default=box.top)
        if gap >= LINE_GAP * tallest and _is_tall(_join(line), tallest):
            lines.append(line)
            line = []
        line = [*line, box]
    if lines and not _is_tall(_join(line), tallest):
        line = lines.pop() + line
    return [*lines, line]


def _merge(boxes: Iterable[Box], tallest: float, threshold: float) -> list[Box]:
    """Merge neighbours until all are tall and further apart than the threshold; return them from left to right."""
    merged = sorted(boxes, key=lambda box: box.left + box.right)
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


def _compute_distance(left: Box, right: Box, tallest: float) -> float:
    """Return a score for two neighbours being two digits; the gap may be negative.

    Fitted to 7,494 digits by 30 people: none has strokes above 1.05, and 12 have strokes above 0.75. Placed next to each other, at
    least 15 % of their height apart, 998 of 1,000 pairs are above 1.05.
    """
    both = left + right
    gap = right.left - left.right
    height = max(left.height, right.height, tallest / 2)
    relative_gap = gap / max(left.width + right.width, 1e-9)
    return 2 * gap / height + both.width / max(both.height, tallest / 2) + 0.5 * min(max(relative_gap, -1.0), 1.0)


def _join(boxes: list[Box]) -> Box:
    return sum(boxes[1:], start=boxes[0])


def _is_tall(box: Box, tallest: float) -> bool:
    return box.height >= MIN_HEIGHT * tallest
