"""Turns drawings and pictures into network inputs the way MNIST was made: the digit scaled into 20 × 20, centred by mass in 28 × 28."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn_core.drawings.photo import find_ink, open_picture
from nn_core.drawings.rasterize import paint, rasterize
from nn_core.drawings.steps import ALL_STEPS, Steps
from nn_core.drawings.strokes import Drawing

__all__ = ["PictureSource", "Prepared", "fit", "is_fitted", "prepare_drawing", "prepare_picture", "shrink"]

SIDE = 28  # pixels of the result
BOX = 20.0  # pixels that the digit's longer side takes
THINNEST, THICKEST = 1.9, 3.6  # pixels of the result: strokes outside are thickened or thinned
MOST_THINNED = 0.35  # of the stroke, so that its thin parts survive
WORKING_SIDE = 160  # pixels; a smaller digit is enlarged first

Array = npt.NDArray[np.float32]


def fit(ink: Array, steps: Steps = ALL_STEPS) -> npt.NDArray[np.uint8] | None:
    """ink: [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke → uint8 [28, 28], 255 for ink. None where
    there is no ink. Source of the method: the description on Yann LeCun's MNIST page."""
    edges = _bounds(ink > 0.5)
    if edges is None:
        return None
    shape = ink[edges] if steps.crop else ink
    return shrink(_evened(shape, steps) if steps.fit else shape, steps)


def shrink(shape: Array, steps: Steps = ALL_STEPS, ground: float = 0.0) -> npt.NDArray[np.uint8]:
    """[height, width], 0 to 1 → uint8 [28, 28]; of the steps, crop, fit and centre are done, the strokes left as they are.

    ground: what there is beyond the shape, such as the paper's brightness.
    """
    from PIL import Image

    margin = max(shape.shape)
    frame = (slice(margin, margin + shape.shape[0]), slice(margin, margin + shape.shape[1]))
    padded = np.pad(shape, margin, constant_values=ground)
    window = _window(np.maximum(padded - ground, 0), frame, steps)
    small = Image.fromarray(padded).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=window)
    shrunk: npt.NDArray[np.uint8] = np.rint(255 * np.clip(np.asarray(small), 0, 1)).astype(np.uint8)
    return shrunk


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


def _evened(ink: Array, steps: Steps) -> Array:
    """The same shape, larger if it was small, its strokes as thick as MNIST's once it is 20 pixels large."""
    from scipy import ndimage

    inside = _enlarged(np.pad(ink, 2 if steps.crop else 0)) > 0.5
    if steps.crop:
        inside = inside[_bounds(inside) or ()]
    grow = _growth(inside)
    rim = 2 + round(abs(grow))
    inside = np.pad(inside, rim)
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    shape: Array = np.clip(depth + grow + np.where(inside, 0, 1), 0, 1).astype(np.float32)
    return shape if steps.crop else shape[rim:-rim, rim:-rim]


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


def _window(shape: Array, frame: tuple[slice, slice], steps: Steps) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of what becomes the picture: the digit's box, or the frame where nothing is cropped, with
    a margin where it is fitted; its middle at the centre of mass, as far as the digit stays inside."""
    ink = _bounds(shape > 0.5) or frame
    edges = ink if steps.crop else frame
    lengths = [edge.stop - edge.start for edge in edges]
    sides = [max(lengths) * SIDE / BOX] * 2 if steps.fit else lengths
    middle = [(edge.start + edge.stop) / 2 for edge in edges]
    if steps.centre and shape.any():
        leeway = [side * (1 - BOX / SIDE) / 2 if steps.fit else 0.0 for side in sides]
        for axis, (half, side) in enumerate(zip(middle, sides, strict=True)):
            mass = shape.sum(axis=1 - axis)
            centre = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
            low, high = half - leeway[axis], half + leeway[axis]
            if not steps.crop:  # the frame may move out of the picture, if the ink does not
                low, high = min(ink[axis].stop - side / 2, half), max(ink[axis].start + side / 2, half)
            middle[axis] = min(max(centre, low), high)
    (y, x), (high_side, wide_side) = middle, sides
    return x - wide_side / 2, y - high_side / 2, x + wide_side / 2, y + high_side / 2


PictureSource = bytes | Path
Prepared = npt.NDArray[np.uint8]


def prepare_drawing(drawing: Drawing, steps: Steps = ALL_STEPS) -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0; None for an empty canvas. steps: those that are done."""
    if steps.strokes or drawing.is_empty:
        return _one_channel(rasterize(drawing, steps))
    return _one_channel(shrink(paint(drawing, steps), steps))


def prepare_picture(source: PictureSource, name: str = "", steps: Steps = ALL_STEPS) -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0, of a picture file (its bytes, or where it is); None where it shows no ink.

    A picture that already is 28 × 28 and as MNIST has them is taken as it is. name: how errors call it. steps: those
    that are done; with `strokes` left out nobody looks for ink. Raises BadPicture.
    """
    picture = open_picture(source, name)
    grey = picture.mean(axis=2).round().astype(np.uint8)
    if not steps.strokes:
        light = grey.astype(np.float32) / np.float32(255)
        return _one_channel(shrink(light, steps, ground=float(np.median(light))))
    for as_is in (grey, 255 - grey):
        if is_fitted(as_is):
            return _one_channel(as_is)
    ink = _ink_in(picture.tobytes(), picture.shape)
    return None if ink is None else _one_channel(fit(ink, steps))


@lru_cache(maxsize=2)
def _ink_in(pixels: bytes, shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    """What takes by far the longest is done once for all the steps of a picture."""
    ink = find_ink(np.frombuffer(pixels, dtype=np.uint8).reshape(shape))
    if ink is not None:
        ink.setflags(write=False)
    return ink


def _one_channel(picture: Prepared | None) -> Prepared | None:
    return None if picture is None else picture[np.newaxis]
