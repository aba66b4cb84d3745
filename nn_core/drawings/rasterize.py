"""Rasterizes strokes to 28 × 28 images like MNIST's, or with the user's pen width, as the canvas shows them.

The pen's width is relative to the digit, not to the canvas: a small digit in a corner gives the same image as a large one that
fills the canvas. The ink of every pixel is computed from its exact distance to the strokes, so nothing is rounded before the end.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nn_core.drawings.steps import ALL_STEPS, Steps
from nn_core.drawings.strokes import Drawing, Stroke

__all__ = ["drop_accidental_strokes", "rasterize", "rasterize_pieces", "render_canvas"]

SIDE = 28  # pixels of the image
BOX = 20.0  # pixels of the digit's longer side, including the ink's width
PEN = 2.1  # pixels, the pen's diameter: like the thinner strokes in MNIST, so that small loops stay open
EDGE = 1.5  # pixels over which the ink fades out, as in MNIST's scaled-down scans
MIN_STROKE_EXTENT = 0.06  # of the longest stroke's extent: shorter strokes are accidental touches
DOT = 0.25  # of the pen's width on the canvas: a smaller drawing is a dot, not a tiny digit
POINT_SPACING = 0.02  # pixels of the image: dropping points closer together changes no pixel by more than 3 of 255
_SEGMENTS_AT_ONCE = 512

Array = npt.NDArray[np.float32]
Precise = npt.NDArray[np.float64]


def rasterize(drawing: Drawing, steps: Steps = ALL_STEPS) -> npt.NDArray[np.uint8] | None:
    """Rasterize a drawing: the digit scaled to 20 × 20 with its aspect ratio, its centre of mass in the middle.

    Args:
        drawing: the strokes.
        steps: the steps to apply; `crop`, `fit` and `centre` matter here.

    Returns:
        uint8 [28, 28], white ink (255) on black; None for a drawing without points.
    """
    if drawing.is_empty:
        return None
    segments = _make_segments(drawing, steps)
    if steps.centre:
        segments = segments + _compute_shift(segments, steps)
    return np.rint(255 * _compute_ink(segments)).astype(np.uint8)


def rasterize_pieces(drawing: Drawing, pieces: Sequence[Stroke]) -> npt.NDArray[np.uint8]:
    """Rasterize each piece of the drawing separately, at its position in the image of the drawing: uint8 [pieces, 28, 28]."""
    shift = _compute_shift(_make_segments(drawing, ALL_STEPS), ALL_STEPS)
    _strokes, middle, scale = _compute_frame(drawing, ALL_STEPS)
    inks = [_compute_ink(_split_stroke(np.array(piece, dtype=np.float64), middle, scale) + shift) for piece in pieces]
    return np.rint(255 * np.stack(inks)).astype(np.uint8)


def _make_segments(drawing: Drawing, steps: Steps) -> Array:
    """Return the start and end (x, y) of each line segment, in pixels, with the digit's box centred: [count, 2, 2]."""
    strokes, middle, scale = _compute_frame(drawing, steps)
    return np.concatenate([_split_stroke(stroke, middle, scale) for stroke in strokes])


def _compute_frame(drawing: Drawing, steps: Steps) -> tuple[list[Precise], Precise, Precise]:
    """Return the strokes to draw, [points, 2] each, the centre (x, y) of the part that becomes the image, and its scale."""
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    if steps.crop:
        strokes = drop_accidental_strokes(strokes)
        points = np.concatenate(strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        side = _get_box_side(steps) - PEN
        extent = np.maximum(high - low, DOT * drawing.pen_width)
    else:
        low, high = np.zeros(2), np.full(2, drawing.size)
        side, extent = _get_box_side(steps), high - low
    return strokes, (low + high) / 2, np.asarray(side / (extent.max() if steps.fit else extent))


def _split_stroke(stroke: Precise, middle: Precise, scale: Precise) -> Array:
    """Return the line segments of a stroke, in pixels: [count, 2, 2]."""
    points = _drop_close_points(((stroke - middle) * scale + (SIDE - 1) / 2).astype(np.float32))
    return np.stack([points[:-1], points[1:]], axis=1)


def _get_box_side(steps: Steps) -> float:
    return BOX if steps.fit else SIDE


def _compute_shift(segments: Array, steps: Steps) -> Array:
    """Return the (x, y) that moves the centre of mass to the middle, as far as the digit stays in the image."""
    ink = _compute_ink(segments)
    if not ink.any():
        return np.zeros(2, dtype=np.float32)
    low = np.full(2, (_get_box_side(steps) - SIDE) / 2)
    high = -low
    if not steps.crop:  # the canvas may leave the image, the ink may not
        points, margin = segments.reshape(-1, 2), (PEN - 1) / 2
        low = np.minimum(margin - points.min(axis=0), 0)
        high = np.maximum(SIDE - 1 - margin - points.max(axis=0), 0)
    shift: Array = np.clip((SIDE - 1) / 2 - _compute_centre_of_mass(ink), low, high).astype(np.float32)
    return shift


def drop_accidental_strokes(strokes: list[Precise]) -> list[Precise]:
    """Drop very short strokes: a touch next to the digit would make the digit smaller. A drawing of dots keeps them all."""
    extents = [float(np.ptp(stroke, axis=0).max()) for stroke in strokes]
    least = (
        MIN_STROKE_EXTENT * max(extents) * (1 - 1e-9)
    )  # so that rounding, which depends on the scale, does not matter
    return [stroke for stroke, extent in zip(strokes, extents, strict=True) if extent >= least]


def _drop_close_points(points: Array) -> Array:
    """Drop points very close to the previous one. At least two remain, so that a dot is a segment."""
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    cell = np.floor(np.concatenate([[0.0], np.cumsum(step)]) / POINT_SPACING)
    keep = np.concatenate([[True], np.diff(cell) > 0])
    keep[-1] = True
    remaining: Array = points[keep]
    return remaining if len(remaining) > 1 else np.repeat(remaining, 2, axis=0)


def _compute_ink(segments: Array) -> Array:
    """Return the ink of each pixel, [28, 28], 0 to 1: it fades out at the pen's radius from the nearest segment."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    nearest = np.full((SIDE, SIDE), np.inf, dtype=np.float32)
    for chunk in _split_chunks(segments):
        start, along = chunk[:, 0], chunk[:, 1] - chunk[:, 0]
        length_squared = np.maximum((along**2).sum(axis=1), 1e-12)
        from_x = x[None] - start[:, 0, None, None]
        from_y = y[None] - start[:, 1, None, None]
        along_x, along_y = along[:, 0, None, None], along[:, 1, None, None]
        fraction = np.clip((from_x * along_x + from_y * along_y) / length_squared[:, None, None], 0, 1)
        squared = (from_x - fraction * along_x) ** 2 + (from_y - fraction * along_y) ** 2
        nearest = np.minimum(nearest, squared.min(axis=0))
    ink: Array = np.clip((PEN / 2 - np.sqrt(nearest)) / EDGE + 0.5, 0, 1)
    return ink


def _split_chunks(segments: Array) -> Iterator[Array]:
    for first in range(0, len(segments), _SEGMENTS_AT_ONCE):
        yield segments[first : first + _SEGMENTS_AT_ONCE]


def _compute_centre_of_mass(ink: Array) -> Precise:
    """Return (x, y) in pixels."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    centre: Precise = np.array([(x * ink).sum(), (y * ink).sum()]) / ink.sum()
    return centre


CANVAS_SIDE = 280  # pixels of the rendered canvas, for any size of the drawing
OVERSAMPLING = 2  # for smooth edges
MAX_DISTANCE = 10.0  # canvases in every direction: points beyond are clipped, because Pillow's integers would overflow


def render_canvas(drawing: Drawing, steps: Steps = ALL_STEPS) -> Array:
    """Draw the strokes with the user's pen width, as the canvas shows them. With `crop`, accidental touches are dropped.

    Returns:
        [280, 280], 1 for ink, 0 for the canvas.
    """
    from PIL import Image, ImageDraw

    side = OVERSAMPLING * CANVAS_SIDE
    scale = side / drawing.size
    pen = min(drawing.pen_width / drawing.size, MAX_DISTANCE) * OVERSAMPLING * CANVAS_SIDE
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    canvas = Image.new("L", (side, side))
    draw = ImageDraw.Draw(canvas)
    limit = MAX_DISTANCE * side
    for stroke in drop_accidental_strokes(strokes) if steps.crop else strokes:
        points = [(float(x), float(y)) for x, y in np.clip(stroke * scale, -limit, limit)]
        draw.line(points, fill=255, width=max(1, round(pen)))
        for x, y in points:
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    rendered: Array = np.asarray(canvas.reduce(OVERSAMPLING), dtype=np.float32) / np.float32(255)
    return rendered
