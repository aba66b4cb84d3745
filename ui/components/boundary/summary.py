"""Describes a network's decision regions as text, for people who cannot see the picture."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.components.boundary.points import HOLLOW, PlanePoints

__all__ = ["Region", "describe_regions", "find_regions"]

Cells = npt.NDArray[np.uint8]
"""The class of each cell of the plane, the lowest row first."""

_CENTRE = 0.2  # of half the side: regions whose centroid is nearer to the centre of the plane are on neither side
_CORNER = 0.5  # of the larger offset: from here on the smaller one counts too


@dataclass(frozen=True)
class Region:
    """The part of the plane that the network assigns to one class.

    Attributes:
        area: its share of the plane, from 0 to 1.
        location: as text, such as "at the top left".
        correct: the share of the class's hollow points inside it; None if the class has none.
    """

    area: float
    location: str
    correct: float | None


def find_regions(preview: Boundary, points: PlanePoints) -> list[Region]:
    """Return a region for each class, in order."""
    cells = np.frombuffer(base64.b64decode(preview.classes), np.uint8).reshape(preview.size, preview.size)
    return [
        Region(
            float((cells == index).mean()),
            _locate(cells == index),
            _compute_correct_share(preview, cells, points, index),
        )
        for index in range(len(points.classes))
    ]


def describe_regions(classes: Sequence[str], regions: Sequence[Region], split: str) -> str:
    """Return a sentence for each class. split: the name of the hollow points, such as "validation"."""
    return " ".join(_describe(name, region, split) for name, region in zip(classes, regions, strict=True))


def _describe(name: str, region: Region, split: str) -> str:
    if not region.area:
        return _("{name}: no part of the plane.").format(name=name)
    sentence = _("{name}: {area} of the plane, {where}").format(
        name=name, area=format_percent(region.area, 0), where=region.location
    )
    if region.correct is not None:
        sentence += _("; {share} of its {which} points are there").format(
            share=format_percent(region.correct), which=split
        )
    return f"{sentence}."


def _compute_correct_share(preview: Boundary, cells: Cells, points: PlanePoints, index: int) -> float | None:
    own = (np.array(points.label) == index) & (np.array(points.style) == HOLLOW)
    if not own.any():
        return None
    x_from, x_to, y_from, y_to = preview.extent
    columns = _get_cell_indices(points.x, x_from, x_to, preview.size)
    rows = _get_cell_indices(points.y, y_from, y_to, preview.size)
    return float((cells[rows[own], columns[own]] == index).mean())


def _get_cell_indices(values: Sequence[float], low: float, high: float, size: int) -> npt.NDArray[np.intp]:
    return ((np.array(values) - low) / (high - low) * size).astype(np.intp).clip(0, size - 1)


def _locate(inside: npt.NDArray[np.bool_]) -> str:
    """Where in the plane the cells of a class are, by their centroid and the edges that they touch."""
    in_rows, in_columns = inside.sum(axis=1), inside.sum(axis=0)
    across, up = _compute_offset(in_columns), _compute_offset(in_rows)
    edges = [in_columns[0], in_columns[-1], in_rows[0], in_rows[-1]]
    if max(abs(across), abs(up)) < _CENTRE:
        return _("all around") if all(edges) else _("in the middle") if not any(edges) else _("across the middle")
    horizontal = (_("right") if across > 0 else _("left")) if abs(across) >= _CORNER * abs(up) else ""
    vertical = (_("top") if up > 0 else _("bottom")) if abs(up) >= _CORNER * abs(across) else ""
    return _("at the {side}").format(side=" ".join(filter(None, (vertical, horizontal))))


def _compute_offset(counts: npt.NDArray[np.int_]) -> float:
    """The centroid of the cells, from -1 (first row or column) to 1 (last); 0 without cells."""
    if not counts.any():
        return 0.0
    return float(2 * np.average(np.arange(len(counts)), weights=counts) / (len(counts) - 1) - 1)
