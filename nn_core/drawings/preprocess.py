"""Converts drawings and images to network inputs like MNIST's: the digit scaled to 20 × 20, centred by mass in 28 × 28 pixels."""

import numpy as np
import numpy.typing as npt

from nn_core.drawings.pictures import PictureSource, read_ink, read_pixels
from nn_core.drawings.rasterize import rasterize, render_canvas
from nn_core.drawings.steps import ALL_STEPS, Steps
from nn_core.drawings.strokes import Drawing

__all__ = ["Prepared", "fit", "is_fitted", "prepare_drawing", "prepare_picture", "show_ink", "shrink"]

SIDE = 28  # pixels of the result
BOX = 20.0  # pixels of the digit's longer side
MIN_STROKE, MAX_STROKE = 1.9, 3.6  # pixels of the result: other strokes are made thicker or thinner
MAX_THINNING = 0.35  # of the stroke, so that its thin parts remain
WORKING_SIDE = 160  # pixels; a smaller digit is enlarged first

Array = npt.NDArray[np.float32]
Prepared = npt.NDArray[np.uint8]


def fit(ink: Array, steps: Steps = ALL_STEPS) -> Prepared | None:
    """Convert ink to an image like MNIST's. Source of the method: the description on Yann LeCun's MNIST page.

    Args:
        ink: [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke.
        steps: the steps to apply.

    Returns:
        uint8 [28, 28], 255 for ink; None if there is no ink.
    """
    edges = _find_bounds(ink > 0.5)
    if edges is None:
        return None
    shape = ink[edges] if steps.crop else ink
    return shrink(_normalize_strokes(shape, steps) if steps.fit else shape, steps)


def shrink(shape: Array, steps: Steps = ALL_STEPS, background: float = 0.0) -> Prepared:
    """Apply the steps crop, fit and centre, without changing the width of strokes.

    Args:
        shape: [height, width], 0 to 1.
        steps: the steps to apply.
        background: the value beyond the shape, such as the paper's brightness.

    Returns:
        uint8 [28, 28]
    """
    from PIL import Image

    margin = max(shape.shape)
    frame = (slice(margin, margin + shape.shape[0]), slice(margin, margin + shape.shape[1]))
    padded = np.pad(shape, margin, constant_values=background)
    window = _compute_window(np.maximum(padded - background, 0), frame, steps)
    small = Image.fromarray(padded).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=window)
    shrunk: Prepared = np.rint(255 * np.clip(np.asarray(small), 0, 1)).astype(np.uint8)
    return shrunk


def is_fitted(grey: Prepared) -> bool:
    """Return whether the image, light ink on black, already is like MNIST's, so that it can be used unchanged."""
    edges = _find_bounds(grey > 25)
    if grey.shape != (SIDE, SIDE) or edges is None:
        return False
    longest = max(edge.stop - edge.start for edge in edges)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    off_centre = [abs(float((axis * grey.astype(float)).sum() / grey.sum(dtype=float)) - SIDE / 2) for axis in (x, y)]
    return BOX - 2 <= longest <= BOX + 2 and max(off_centre) <= 1.5 and not np.median(grey) > 0


def _find_bounds(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _normalize_strokes(ink: Array, steps: Steps) -> Array:
    """Change the width of the strokes so that it is like MNIST's when the digit is 20 pixels large. Enlarges small shapes."""
    from scipy import ndimage

    inside = _enlarge(np.pad(ink, 2 if steps.crop else 0)) > 0.5
    if steps.crop:
        inside = inside[_find_bounds(inside) or ()]
    growth = _compute_growth(inside)
    margin = 2 + round(abs(growth))
    inside = np.pad(inside, margin)
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    shape: Array = np.clip(depth + growth + np.where(inside, 0, 1), 0, 1).astype(np.float32)
    return shape if steps.crop else shape[margin:-margin, margin:-margin]


def _enlarge(ink: Array) -> Array:
    from PIL import Image

    factor = WORKING_SIDE / max(ink.shape)
    if factor <= 1:
        return ink
    size = (round(ink.shape[1] * factor), round(ink.shape[0] * factor))
    enlarged: Array = np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    return enlarged


def _compute_growth(inside: npt.NDArray[np.bool_]) -> float:
    """Return by how many pixels every edge must move out (negative: in) for strokes of MNIST's width after scaling."""
    from scipy import ndimage

    stroke = max(1.0, 4 * float(ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1][inside].mean()) - 2)
    extent = max(inside.shape)
    if stroke > extent / 2:
        return 0.0  # a dot
    wanted = min(max(stroke * BOX / extent, MIN_STROKE), MAX_STROKE)
    growth = (wanted * extent - BOX * stroke) / (2 * (BOX - wanted))
    return float(max(growth, -MAX_THINNING * stroke))


def _compute_window(shape: Array, frame: tuple[slice, slice], steps: Steps) -> tuple[float, float, float, float]:
    """Return (left, top, right, bottom) of the part that becomes the image.

    It is the digit's bounding box, or without `crop` the frame; with `fit` it gets a margin; with `centre`, its centre is the
    centre of mass, as far as the digit stays inside.
    """
    ink = _find_bounds(shape > 0.5) or frame
    edges = ink if steps.crop else frame
    lengths = [edge.stop - edge.start for edge in edges]
    sides = [max(lengths) * SIDE / BOX] * 2 if steps.fit else lengths
    centre = [(edge.start + edge.stop) / 2 for edge in edges]
    if steps.centre and shape.any():
        max_shifts = [side * (1 - BOX / SIDE) / 2 if steps.fit else 0.0 for side in sides]
        for axis, (middle, side) in enumerate(zip(centre, sides, strict=True)):
            mass = shape.sum(axis=1 - axis)
            centre_of_mass = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
            low, high = middle - max_shifts[axis], middle + max_shifts[axis]
            if not steps.crop:  # the frame may leave the image, the ink may not
                low, high = min(ink[axis].stop - side / 2, middle), max(ink[axis].start + side / 2, middle)
            centre[axis] = min(max(centre_of_mass, low), high)
    (y, x), (height, width) = centre, sides
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def prepare_drawing(drawing: Drawing, steps: Steps = ALL_STEPS) -> Prepared | None:
    """Convert a drawing to uint8 [1, 28, 28], ink 255 on 0; None for an empty drawing."""
    if steps.strokes or drawing.is_empty:
        return _add_channel(rasterize(drawing, steps))
    return _add_channel(shrink(render_canvas(drawing, steps), steps))


def prepare_picture(source: PictureSource, name: str = "", steps: Steps = ALL_STEPS) -> Prepared | None:
    """Convert a picture file, or one digit of several in it. A picture that already is like MNIST's is used unchanged.

    Args:
        source: the file's bytes or path, or a part.
        name: what errors call it.
        steps: the steps to apply; without `strokes`, the brightness is used instead of the ink.

    Returns:
        uint8 [1, 28, 28], ink 255 on 0; None if there is no ink.

    Raises:
        BadPicture: the file cannot be read.
    """
    grey = read_pixels(source, name).mean(axis=2).round().astype(np.uint8)
    if not steps.strokes:
        light = grey.astype(np.float32) / np.float32(255)
        return _add_channel(shrink(light, steps, background=float(np.median(light))))
    for light_on_dark in (grey, 255 - grey):
        if is_fitted(light_on_dark):
            return _add_channel(light_on_dark)
    ink = read_ink(source, name)
    return None if ink is None else _add_channel(fit(ink, steps))


def show_ink(source: PictureSource) -> npt.NDArray[np.uint8] | None:
    """Return what is taken for ink, as large as the picture: uint8 [height, width], ink 255 on 0; None if there is no ink."""
    ink = read_ink(source)
    return None if ink is None else np.rint(255 * ink).astype(np.uint8)


def _add_channel(picture: Prepared | None) -> Prepared | None:
    return None if picture is None else picture[np.newaxis]
