"""Finds the sheets in a photo that may be written on: the whole photo, and parts that differ in brightness from their surroundings,
such as a slip of paper on a table, a page without the dark edge of its scan, or a window below its title bar."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Mask", "Sheet", "cut_out", "find_outlines"]

SIDE = 160  # pixels of the longer side, in which sheets are searched
STROKE = 5  # pixels of these: what is narrower is a stroke, not a part of a sheet
MIN_CONTRAST = 0.15  # of full brightness, between the sheet and its surroundings
MIN_AREA = 0.08  # of the photo; a smaller part is the inside of a digit
MAX_AREA = 0.97  # of the photo; a larger part is the photo
MARGIN = 1.5  # pixels of `SIDE`: the blurred edge of a sheet is neither paper nor ink

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sheet:
    """A part of a photo.

    Attributes:
        light: [height, width, 3], brightness from 0 to 1; beyond the sheet, that of the nearest pixel of the sheet.
        mask: [height, width], True on the sheet.
        top: its position in the photo, in pixels.
        left: the same.
    """

    light: Array
    mask: Mask
    top: int = 0
    left: int = 0


def find_outlines(light: Array) -> Iterator[Mask]:
    """Yield the outline of the whole photo, [height, width, 3], and then that of each sheet in it, bright parts first.

    Outlines are at most `SIDE` pixels large, so that they fit the photo in any size.
    """
    smooth = _remove_strokes(light)
    yield np.ones(smooth.shape, dtype=bool)
    yield from _find_parts(smooth)


def _remove_strokes(light: Array) -> Array:
    """Return the brightness, scaled down to `SIDE`, without strokes."""
    from scipy import ndimage

    image = Image.fromarray(light.mean(axis=2))
    image.thumbnail((SIDE, SIDE))
    smooth: Array = ndimage.median_filter(np.asarray(image), STROKE)
    return smooth


def _find_parts(light: Array) -> Iterator[Mask]:
    """Yield the large connected parts that are brighter, or darker, than the rest, without holes."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu
    from skimage.measure import label, regionprops

    if np.ptp(light) < MIN_CONTRAST:
        return
    is_bright = light > threshold_otsu(light)
    if light[is_bright].mean() - light[~is_bright].mean() < MIN_CONTRAST:
        return
    for part in (is_bright, ~is_bright):
        without_bridges = ndimage.binary_opening(part, np.ones((STROKE, STROKE)))
        for region in regionprops(label(without_bridges)):
            if region.area >= MIN_AREA * light.size and region.area_filled <= MAX_AREA * light.size:
                mask = np.zeros(light.shape, dtype=bool)
                mask[region.slice] = region.image_filled
                yield mask


def cut_out(light: Array, outline: Mask) -> Sheet | None:
    """Cut a sheet out of a photo, [height, width, 3]; None if hardly anything is left. outline: of any size."""
    from scipy import ndimage

    height, width = light.shape[:2]
    if outline.all():
        return Sheet(light, np.ones((height, width), dtype=bool))
    scaled = Image.fromarray(outline.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    margin = round(MARGIN * max(height, width) / SIDE) + 1
    is_sheet = ndimage.binary_erosion(np.asarray(scaled) > 0.5, iterations=margin)
    rows, columns = np.flatnonzero(is_sheet.any(axis=1)), np.flatnonzero(is_sheet.any(axis=0))
    if not len(rows):
        return None
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    mask = is_sheet[box]
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    return Sheet(light[box][tuple(nearest)], mask, int(rows[0]), int(columns[0]))
