"""How a network divides the plane, in words and figures: the text equivalent of the picture."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.components.boundary.points import HOLLOW, PlanePoints

__all__ = ["Region", "describe_division", "find_regions"]

_NEAR = 0.2  # of half the side: a region whose middle is nearer to the plane's middle lies on neither side
_CORNERED = 0.5  # of the larger of the two offsets: from here on the smaller one counts too


@dataclass(frozen=True)
class Region:
    """The part of the plane that the network assigns to one class.

    area: its share of the plane, from 0 to 1; where: in words; right: the share of the class's hollow (held-out) points that lie
    in it, None where the class has none.
    """

    area: float
    where: str
    right: float | None


def find_regions(preview: Boundary, points: PlanePoints) -> list[Region]:
    """One for each class, in order."""
    cells = base64.b64decode(preview.classes)
    size = preview.size
    return [
        Region(cells.count(index) / len(cells), _where(cells, size, index), _right(preview, cells, points, index))
        for index in range(len(points.classes))
    ]


def describe_division(classes: Sequence[str], regions: Sequence[Region], which: str) -> str:
    """A sentence for each class. which: the points whose share is known, such as "held-out"."""
    return " ".join(_describe(name, region, which) for name, region in zip(classes, regions, strict=True))


def _describe(name: str, region: Region, which: str) -> str:
    if not region.area:
        return _("{name}: no part of the plane.").format(name=name)
    sentence = _("{name}: {area} of the plane, {where}").format(
        name=name, area=format_percent(region.area, 0), where=region.where
    )
    if region.right is not None:
        sentence += _("; {share} of its {which} points lie there").format(
            share=format_percent(region.right), which=which
        )
    return f"{sentence}."


def _right(preview: Boundary, cells: bytes, points: PlanePoints, index: int) -> float | None:
    mine = [i for i, label in enumerate(points.label) if label == index and points.look[i] == HOLLOW]
    if not mine:
        return None
    x_from, x_to, y_from, y_to = preview.extent
    hits = 0
    for i in mine:
        column = _cell(points.x[i], x_from, x_to, preview.size)
        row = _cell(points.y[i], y_from, y_to, preview.size)
        hits += cells[row * preview.size + column] == index
    return hits / len(mine)


def _cell(value: float, low: float, high: float, size: int) -> int:
    return min(size - 1, max(0, int((value - low) / (high - low) * size)))


def _where(cells: bytes, size: int, index: int) -> str:
    """In which part of the plane the cells of a class lie, by their middle and by which edges they touch."""
    rows = [cells[start : start + size] for start in range(0, len(cells), size)]
    in_rows = [row.count(index) for row in rows]
    in_columns = [cells[column::size].count(index) for column in range(size)]
    across, up = _offset(in_columns), _offset(in_rows)
    edges = [in_columns[0], in_columns[-1], in_rows[0], in_rows[-1]]
    if max(abs(across), abs(up)) < _NEAR:
        return _("all around") if all(edges) else _("in the middle") if not any(edges) else _("across the middle")
    horizontal = (_("right") if across > 0 else _("left")) if abs(across) >= _CORNERED * abs(up) else ""
    vertical = (_("top") if up > 0 else _("bottom")) if abs(up) >= _CORNERED * abs(across) else ""
    return _("at the {side}").format(side=" ".join(filter(None, (vertical, horizontal))))


def _offset(counts: Sequence[int]) -> float:
    """Where the middle of the cells lies between -1, the first row or column, and 1, the last; 0 without cells."""
    total = sum(counts)
    if not total:
        return 0.0
    middle = sum(place * count for place, count in enumerate(counts)) / total
    return 2 * middle / (len(counts) - 1) - 1
