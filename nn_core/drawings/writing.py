"""Tells writing from what else is dark or light in a photo: frames, edges of the sheet, lines, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nn_core.drawings.pieces import find_pieces, get_extent, label_pieces, widen_pieces
from nn_core.drawings.sheets import Mask, Sheet

if TYPE_CHECKING:
    from skimage.measure._regionprops import RegionProperties

__all__ = ["find_foreign", "score_writing"]

MIN_EXTENT = 0.15  # of the sheet's longer side: writing is hardly smaller
ENCLOSED = 0.25  # of its own extent: a piece that encloses another one of this extent is a frame
RECTANGULAR = 0.82  # of its bounding box is inside a frame, also one that is a little turned; of an ellipse, it is 0.79
MAX_CONTACT = 0.25  # of a piece's extent, along the edge of the sheet: with more, it is no digit
MAX_BAR = 1.3  # of the extent of everything that is no straight line: a longer line is no 1
BAR_WIDTH = 0.1  # of its length, at most
FOREIGN_EDGE = 3  # pixels around foreign pieces
SMALL = 0.3  # of the largest piece's extent: buttons, letters and remains of lines, but also parts of a digit
MANY = 8  # more large pieces are hardly a number
STEEP = 1 / 6  # of the contrast, per pixel: the edges of a stroke are as steep, those of a shadow are not
MAX_STROKE, MAX_THICK_STROKE = 0.25, 0.4  # of the extent: from one to the other, the score falls
MAX_COVERED = 0.3  # of the sheet
MAX_SPREAD = 0.85  # of the sheet, from side to side: more is rather a frame, or a sheet that was cut off
MIN_CONTRAST = 0.025  # of full brightness, at the edges of strokes

Array = npt.NDArray[np.float32]


def find_foreign(ink: Array, sheet: Sheet) -> Mask | None:
    """Return where the pieces are that are no writing; None if there are none.

    These are pieces at the edge of the sheet, frames around others, and their sides. A digit may touch the edge if there is
    nothing else.

    Args:
        ink: [height, width], 1 for ink, 0 for paper.
        sheet: that it is on.
    """
    from scipy import ndimage

    labelled = label_pieces(ink)
    longer_side = max(labelled.shape)
    edge = sheet.mask & ~ndimage.binary_erosion(sheet.mask, iterations=2)
    contacts = np.bincount(labelled[edge], minlength=int(labelled.max()) + 1)
    pieces = find_pieces(labelled)
    inner = [piece for piece in pieces if not contacts[piece.label]]
    has_writing = any(get_extent(piece) >= MIN_EXTENT * longer_side for piece in inner)
    max_contact = 0.0 if has_writing else 2 * MAX_CONTACT  # the edge is two pixels wide
    foreign = {int(piece.label) for piece in pieces if contacts[piece.label] > max_contact * get_extent(piece)}
    large = [piece for piece in inner if get_extent(piece) >= ENCLOSED * MIN_EXTENT * longer_side]
    foreign |= {int(outer.label) for outer in large if any(_is_inside(piece, outer) for piece in large)}
    longest = max((get_extent(piece) for piece in large if not _is_bar(piece)), default=longer_side)
    foreign |= {int(piece.label) for piece in large if _is_bar(piece) and get_extent(piece) > MAX_BAR * longest}
    return widen_pieces(labelled, foreign, FOREIGN_EDGE) if foreign else None


def _is_inside(piece: RegionProperties, outer: RegionProperties) -> bool:
    """Return whether the piece is large and enclosed by the other one, which is a rectangle and so no zero with a slash."""
    if piece.label == outer.label or get_extent(piece) < ENCLOSED * get_extent(outer):
        return False
    if outer.area_filled < RECTANGULAR * outer.area_bbox:
        return False
    top, left, bottom, right = outer.bbox
    rows, columns = piece.coords.T
    if rows.min() < top or rows.max() >= bottom or columns.min() < left or columns.max() >= right:
        return False
    return bool(outer.image_filled[rows - top, columns - left].all())


def _is_bar(piece: RegionProperties) -> bool:
    """Return whether the piece is a horizontal or vertical line, such as the side of a frame, but also a 1."""
    top, left, bottom, right = piece.bbox
    return bool(min(bottom - top, right - left) < BAR_WIDTH * get_extent(piece))


def score_writing(ink: Array, sheet: Sheet) -> float:
    """Return how much the ink, [height, width], looks like writing, from 0 to 1: thin strokes with sharp edges, in few pieces."""
    from scipy import ndimage

    pieces = find_pieces(label_pieces(ink))
    if not pieces:
        return 0.0
    largest = max(pieces, key=get_extent)
    extent = get_extent(largest)
    small = sum(get_extent(piece) < SMALL * extent for piece in pieces)
    stroke = 2 * float(ndimage.distance_transform_edt(np.pad(largest.image, 1)).max()) / extent
    factors = (
        min(1.0, _compute_sharpness(ink, sheet.light) / STEEP),
        float(np.interp(stroke, (MAX_STROKE, MAX_THICK_STROKE), (1.0, 0.02))),
        1.0 if (ink > 0.5).sum() < MAX_COVERED * sheet.mask.sum() else 0.1,
        1 / (1 + 0.15 * (small + max(0, len(pieces) - small - MANY))),
        min(1.0, extent / (MIN_EXTENT * max(sheet.mask.shape))),
        0.8 if _compute_spread(ink) > MAX_SPREAD else 1.0,
    )
    return float(np.prod(factors))


def _compute_spread(ink: Array) -> float:
    """Return which fraction of the sheet's width or height lies between the outermost pieces."""
    is_ink = ink > 0.5
    spreads = [int(np.ptp(np.flatnonzero(is_ink.any(axis=axis)))) / ink.shape[1 - axis] for axis in (0, 1)]
    return float(max(spreads))


def _compute_sharpness(ink: Array, light: Array) -> float:
    """Return how steep the edges of the ink are in the photo, per pixel: 0.5 for a step, 0 where there is no edge."""
    from scipy import ndimage

    is_ink = ink > 0.5
    boundary = is_ink ^ ndimage.binary_erosion(is_ink)
    around = ndimage.binary_dilation(is_ink, iterations=3) & ~ndimage.binary_dilation(is_ink)
    if not around.any():
        return 0.0
    contrasts = np.median(light[around], axis=0) - np.median(light[is_ink], axis=0)
    channel, contrast = light[..., int(contrasts.argmax())], float(contrasts.max())
    if contrast < MIN_CONTRAST:
        return 0.0
    steepness = np.hypot(ndimage.sobel(channel, 0), ndimage.sobel(channel, 1)) / 8
    return float(np.median(steepness[boundary])) / contrast
