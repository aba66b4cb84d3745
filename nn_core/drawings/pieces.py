"""Connected pieces of ink in a picture: measured, selected, and grouped into digits."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nn_core.drawings.layout import Box, Group, group_shapes

if TYPE_CHECKING:
    from skimage.measure._regionprops import RegionProperties

__all__ = ["find_pieces", "get_extent", "group_pieces", "keep_pieces", "label_pieces", "widen_pieces"]

SOFT_EDGE = 2  # pixels around a piece, of ink that is less than ½

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]


def label_pieces(ink: Array) -> Labels:
    """Number the connected pieces of ink from 1, [height, width]; 0 is paper."""
    from skimage.measure import label

    labelled: Labels = label(ink > 0.5)
    return labelled


def find_pieces(labelled: Labels) -> list[RegionProperties]:
    """Return the pieces with their measures, which are computed when they are read."""
    from skimage.measure import regionprops

    pieces: list[RegionProperties] = regionprops(labelled)
    return pieces


def get_extent(piece: RegionProperties) -> int:
    """Return the longer side of the piece's bounding box, in pixels."""
    top, left, bottom, right = piece.bbox
    return int(max(bottom - top, right - left))


def widen_pieces(labelled: Labels, numbers: Collection[int], distance: int) -> Mask:
    """Return the pieces with these numbers and what is around them, without the other pieces."""
    from scipy import ndimage

    chosen = np.isin(labelled, list(numbers))
    widened: Mask = ndimage.binary_dilation(chosen, iterations=distance) & ~((labelled > 0) & ~chosen)
    return widened


def keep_pieces(ink: Array, numbers: Collection[int]) -> Array:
    """Return only the pieces with these numbers of `label_pieces`."""
    return np.where(widen_pieces(label_pieces(ink), numbers, SOFT_EDGE), ink, np.float32(0))


def group_pieces(ink: Array) -> tuple[Group, ...]:
    """Group the pieces into digits, in reading order; nothing if there is only one.

    From side to side, the boxes are those of the strokes' middle lines, as of strokes on the canvas. From top to bottom they are not,
    so that the rings of an 8 in thick strokes stay together.
    """
    from scipy import ndimage

    labelled = label_pieces(ink)
    depth = ndimage.distance_transform_edt(labelled > 0)
    boxes = []
    for piece in find_pieces(labelled):
        top, left, bottom, right = piece.bbox
        half = min(float(depth[piece.slice][piece.image].max()), (right - left) / 2)
        boxes.append(Box(left + half, top, right - half, bottom, (int(piece.label),)))
    return group_shapes(boxes, 0.0)
