"""Fits ink into 28 × 28 as MNIST's makers did: the digit into 20 × 20, its shape kept, then centred by its mass."""

import numpy as np
import numpy.typing as npt

__all__ = ["fit", "is_fitted"]

SIDE = 28  # pixels of the result
BOX = 20.0  # pixels that the digit's longer side takes
THINNEST, THICKEST = 1.9, 3.6  # pixels of the result: strokes outside are thickened or thinned
MOST_THINNED = 0.35  # of the stroke, so that its thin parts survive
WORKING_SIDE = 160  # pixels; a smaller digit is enlarged first

Array = npt.NDArray[np.float32]


def fit(ink: Array) -> npt.NDArray[np.uint8] | None:
    """ink: [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke → uint8 [28, 28], 255 for ink. None where
    there is no ink. Source of the method: the description on Yann LeCun's MNIST page."""
    from PIL import Image
    from scipy import ndimage

    edges = _bounds(ink > 0.5)
    if edges is None:
        return None
    inside = _enlarged(np.pad(ink[edges], 2)) > 0.5
    inside = inside[_bounds(inside) or ()]
    grow = _growth(inside)
    inside = np.pad(inside, 2 + round(abs(grow)))
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    shape = np.clip(depth + grow + np.where(inside, 0, 1), 0, 1).astype(np.float32)
    shape = np.pad(shape, max(shape.shape))
    left, top, right, bottom = _window(shape)
    small = Image.fromarray(shape).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    fitted: npt.NDArray[np.uint8] = np.rint(255 * np.clip(np.asarray(small), 0, 1)).astype(np.uint8)
    return fitted


def is_fitted(grey: npt.NDArray[np.uint8]) -> bool:
    """Whether the picture, light ink on black, already is as MNIST stores them, to be read as it is."""
    edges = _bounds(grey > 25)
    if grey.shape != (SIDE, SIDE) or edges is None:
        return False
    longest = max(edge.stop - edge.start for edge in edges)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    off_centre = [abs(float((axis * grey.astype(float)).sum() / grey.sum(dtype=float)) - SIDE / 2) for axis in (x, y)]
    return BOX - 2 <= longest <= BOX + 2 and max(off_centre) <= 1.5 and not np.median(grey) > 0


def _bounds(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _enlarged(ink: Array) -> Array:
    from PIL import Image

    factor = WORKING_SIDE / max(ink.shape)
    if factor <= 1:
        return ink
    size = (round(ink.shape[1] * factor), round(ink.shape[0] * factor))
    enlarged: Array = np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    return enlarged


def _growth(inside: npt.NDArray[np.bool_]) -> float:
    """By how many pixels every edge must move out (in, if negative) for strokes of MNIST's thickness after fitting."""
    from scipy import ndimage

    stroke = max(1.0, 4 * float(ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1][inside].mean()) - 2)
    extent = max(inside.shape)
    if stroke > extent / 2:
        return 0.0  # a dot
    wanted = min(max(stroke * BOX / extent, THINNEST), THICKEST)
    grow = (wanted * extent - BOX * stroke) / (2 * (BOX - wanted))
    return float(max(grow, -MOST_THINNED * stroke))


def _window(shape: Array) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the square that becomes the picture: its middle at the centre of mass, as far as
    the digit stays inside."""
    edges = _bounds(shape > 0.5)
    assert edges is not None, "growing a shape cannot lose it"
    side = max(edge.stop - edge.start for edge in edges) * SIDE / BOX
    middle = []
    for axis, edge in enumerate(edges):
        mass = shape.sum(axis=1 - axis)
        centre = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
        halfway, leeway = (edge.start + edge.stop) / 2, side * (1 - BOX / SIDE) / 2
        middle.append(min(max(centre, halfway - leeway), halfway + leeway))
    return middle[1] - side / 2, middle[0] - side / 2, middle[1] + side / 2, middle[0] + side / 2
