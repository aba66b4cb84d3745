"""Recognises tables of pictures: a label and the brightness of every pixel in each row, as on Kaggle."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isqrt

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.tables.column_names import rate_name
from nn_core.data.custom.tables.columns import Columns
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["PixelLayout", "find_pixels", "read_pixels"]

_PIXEL_NAME = re.compile(r"(pixels?|px|pix)[ _.-]?\d+|\d+x\d+", re.IGNORECASE)
_LEAST_NAMED = 4
_LEAST_PIXELS = 64  # of columns that are not named as pixels
_MOST_VALUE = 65535
_CHECKED_ROWS = 50
_LEAST_LABELS = 0.1


@dataclass(frozen=True)
class PixelLayout:
    """Where a row has its picture and its label.

    Attributes:
        label: the column of the labels; None if there is none.
        columns: of the pixels, row by row; a single column has all numbers of a picture, with spaces between.
        side: of the square picture.
        channels: 1 for grey, 3 for colour.
        are_planes: whether all red values come first, not those of the first pixel.
        top: the value of white: 1, 16, 255 or 65535.
    """

    label: int | None
    columns: tuple[int, ...]
    side: int
    channels: int
    are_planes: bool
    top: int


def find_pixels(columns: Columns, rows: Sequence[list[str]]) -> PixelLayout | None:
    """Recognise pixels by their names, or else by the number and range of the values.

    Args:
        columns: of the table.
        rows: some regular rows.

    Raises:
        BadInput: columns are named as pixels, but are too few or too many for a square picture.
    """
    every = range(len(columns.names))
    named = tuple(column for column in every if _PIXEL_NAME.fullmatch(columns.names[column]))
    if len(named) >= _LEAST_NAMED:
        if not _find_shape(len(named)):
            raise BadInput(
                _(
                    "The table has {count:,} columns of pixels, which do not make a square picture (28 × 28 are 784). "
                    "Write all pixels of each picture in one row."
                ).format(count=len(named))
            )
        return _describe(named, columns, rows)
    joined = [column for column in every if columns.contents[column].words >= _LEAST_PIXELS]
    if len(joined) == 1 and _find_shape(len(_split(rows, joined)[0])) and _are_pixels(rows, joined):
        return _describe(tuple(joined), columns, rows)
    if len(every) <= _LEAST_PIXELS:
        return None
    candidates = (tuple(every[1:]), tuple(every[:-1]), tuple(every[1:-1]), tuple(every[2:]))
    possible = [candidate for candidate in candidates if _find_shape(len(candidate))]
    best = max(possible, key=lambda pixels: max(_rate_labels(columns, set(every) - set(pixels))), default=None)
    return _describe(best, columns, rows) if best and _are_pixels(rows, best) else None


def _rate_labels(columns: Columns, candidates: Iterable[int]) -> list[tuple[float, float]]:
    """Rate by name, then by content. A corner has few values, too, but nearly always the same one."""
    return [
        (
            rate_name(columns.names[column], "label"),
            columns.contents[column].label_rating * (1 - columns.contents[column].most_common),
        )
        for column in candidates
    ]


def read_pixels(cells: Sequence[str], layout: PixelLayout) -> npt.NDArray[np.uint8] | None:
    """Return the picture of a row, uint8 [channels, side, side]; None if a cell is not a brightness."""
    values = cells[layout.columns[0]].split() if len(layout.columns) == 1 else [cells[each] for each in layout.columns]
    if len(values) != layout.channels * layout.side**2:
        return None
    try:
        flat = _to_bytes(values, layout.top)
    except ValueError:
        return None
    if layout.channels == 1 or layout.are_planes:
        return flat.reshape(layout.channels, layout.side, layout.side)
    return np.ascontiguousarray(flat.reshape(layout.side, layout.side, layout.channels).transpose(2, 0, 1))


def _to_bytes(values: Sequence[str], top: int) -> npt.NDArray[np.uint8]:
    if top == 255:
        with suppress(ValueError):  # a quick way for whole numbers
            return np.frombuffer(bytes(map(int, values)), np.uint8)
    numbers = np.array(values, np.float64) * (255 / top)
    if not np.isfinite(numbers).all():
        raise ValueError
    return np.clip(numbers.round(), 0, 255).astype(np.uint8)


def _describe(pixels: tuple[int, ...], columns: Columns, rows: Sequence[list[str]]) -> PixelLayout:
    others = [column for column in range(len(columns.names)) if column not in set(pixels)]
    possible = [column for column in others if columns.contents[column].label_rating > _LEAST_LABELS]
    ratings = dict(zip(possible, _rate_labels(columns, possible), strict=True))
    label = max(ratings, key=lambda column: ratings[column], default=None)
    values = [_to_numbers(each) for each in _split(rows, pixels)]
    numbers = np.array([each for each in values if each is not None and len(each) == len(values[0] or [])] or [[0.0]])
    side, channels = _find_shape(numbers.shape[1]) or (0, 0)
    largest = float(numbers.max())
    top = next(top for top in (1, 16, 255, _MOST_VALUE) if largest <= top or top == _MOST_VALUE)
    return PixelLayout(label, pixels, side, channels, channels == 3 and _are_planes(numbers, side), top)


def _find_shape(count: int) -> tuple[int, int] | None:
    """Return (side, channels) of a square picture with so many values."""
    for channels in (1, 3):
        side = isqrt(count // channels)
        if side > 1 and side * side * channels == count:
            return side, channels
    return None


def _split(rows: Sequence[list[str]], pixels: Sequence[int]) -> list[list[str]]:
    if len(pixels) == 1:
        return [cells[pixels[0]].split() for cells in rows]
    return [[cells[column] for column in pixels] for cells in rows]


def _are_pixels(rows: Sequence[list[str]], pixels: Sequence[int]) -> bool:
    """Return whether the cells are numbers from 0 to the brightest value, with some variety."""
    checked = [_to_numbers(each) for each in _split(rows[:_CHECKED_ROWS], pixels)]
    numbers = [number for each in checked for number in each or ()]
    return bool(numbers) and None not in checked and min(numbers) >= 0 and 0 < max(numbers) <= _MOST_VALUE


def _to_numbers(cells: Sequence[str]) -> list[float] | None:
    try:
        return list(map(float, cells))
    except ValueError:
        return None


def _are_planes(numbers: npt.NDArray[np.float64], side: int) -> bool:
    """Return whether neighbouring values differ less if the colours follow one another in planes."""
    mixed = numbers.reshape(-1, side, side, 3)
    planes = numbers.reshape(-1, 3, side, side)
    return bool(np.abs(np.diff(planes, axis=3)).mean() < np.abs(np.diff(mixed, axis=2)).mean())
