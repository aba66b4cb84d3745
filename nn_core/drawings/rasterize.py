"""Rasterizes strokes as the 28 × 28 picture that MNIST would contain, or, with the user's own pen, as the canvas shows them.

The pen's width is relative to the digit, not to the canvas: a small digit in a corner gives the same picture as a large one that
fills the canvas. The ink of every pixel is computed from its exact distance to the strokes, so nothing is rounded before the end.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nn_core.drawings.steps import ALL_STEPS, Steps
from nn_core.drawings.strokes import Drawing, Stroke

__all__ = ["drop_slips", "paint", "rasterize", "rasterize_pieces"]

SIDE = 28  # pixels of the picture
BOX = 20.0  # pixels that the longer side of the digit takes, ink included
PEN = 2.1  # pixels, the pen's diameter: as thin as MNIST's thinner hands, so that small loops stay open
EDGE = 1.5  # pixels over which the ink fades out, as in MNIST's shrunken scans
STRAY = 0.06  # of the longest stroke's extent: shorter ones beside it are slips of the finger
DOT = 0.25  # of the pen's width on the canvas: what is smaller is a dot, not a tiny digit
FINEST = 0.02  # pixels of the picture: leaving out points closer together than this changes no pixel by 4 of 255
_SEGMENTS_AT_ONCE = 512

Array = npt.NDArray[np.float32]
Precise = npt.NDArray[np.float64]


def rasterize(drawing: Drawing, steps: Steps = ALL_STEPS) -> npt.NDArray[np.uint8] | None:
    """uint8 [28, 28], white ink (255) on black: the digit scaled into 20 × 20, its shape kept, its centre of mass in the
    middle. None for a drawing without a point.

    steps: of them, `crop`, `fit` and `centre` are this function's part.
    """
    if drawing.is_empty:
        return None
    segments = _segments(drawing, steps)
    if steps.centre:
        segments = segments + _shift(segments, steps)
    return np.rint(255 * _ink(segments)).astype(np.uint8)


def rasterize_pieces(drawing: Drawing, pieces: Sequence[Stroke]) -> npt.NDArray[np.uint8]:
    """uint8 [pieces, 28, 28]: each piece of the drawing by itself, where it lies in the picture of the whole."""
    shift = _shift(_segments(drawing, ALL_STEPS), ALL_STEPS)
    _strokes, middle, scale = _frame(drawing, ALL_STEPS)
    inks = [_ink(_placed(np.array(piece, dtype=np.float64), middle, scale) + shift) for piece in pieces]
    return np.rint(255 * np.stack(inks)).astype(np.uint8)


def _segments(drawing: Drawing, steps: Steps) -> Array:
    """[count, 2, 2]: start and end (x, y) of each straight piece, in pixels of the picture, the digit's box centred."""
    strokes, middle, scale = _frame(drawing, steps)
    return np.concatenate([_placed(stroke, middle, scale) for stroke in strokes])


def _frame(drawing: Drawing, steps: Steps) -> tuple[list[Precise], Precise, Precise]:
    """The strokes that count, [points, 2] each, the middle (x, y) of what becomes the picture, and by how much it is scaled."""
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    if steps.crop:
        strokes = drop_slips(strokes)
        everything = np.concatenate(strokes)
        low, high = everything.min(axis=0), everything.max(axis=0)
        room = _box_side(steps) - PEN
        extent = np.maximum(high - low, DOT * drawing.pen_width)
    else:
        low, high = np.zeros(2), np.full(2, drawing.size)
        room, extent = _box_side(steps), high - low
    return strokes, (low + high) / 2, np.asarray(room / (extent.max() if steps.fit else extent))


def _placed(stroke: Precise, middle: Precise, scale: Precise) -> Array:
    """[count, 2, 2], the segments of a stroke."""
    points = _thinned(((stroke - middle) * scale + (SIDE - 1) / 2).astype(np.float32))
    return np.stack([points[:-1], points[1:]], axis=1)


def _box_side(steps: Steps) -> float:
    return BOX if steps.fit else SIDE


def _shift(segments: Array, steps: Steps) -> Array:
    """(x, y) by which the centre of mass comes into the middle, as far as the digit stays in the picture."""
    ink = _ink(segments)
    if not ink.any():
        return np.zeros(2, dtype=np.float32)
    low = np.full(2, (_box_side(steps) - SIDE) / 2)
    high = -low
    if not steps.crop:  # the canvas may move out of the picture, if the ink does not
        points, rim = segments.reshape(-1, 2), (PEN - 1) / 2
        low = np.minimum(rim - points.min(axis=0), 0)
        high = np.maximum(SIDE - 1 - rim - points.max(axis=0), 0)
    shift: Array = np.clip((SIDE - 1) / 2 - _centre_of_mass(ink), low, high).astype(np.float32)
    return shift


def drop_slips(strokes: list[npt.NDArray[np.float64]]) -> list[npt.NDArray[np.float64]]:
    """A touch beside the digit would otherwise shrink it; a drawing of nothing but dots keeps them all."""
    extents = [float(np.ptp(stroke, axis=0).max()) for stroke in strokes]
    least = STRAY * max(extents) * (1 - 1e-9)  # so that rounding, another in each size, does not decide
    return [stroke for stroke, extent in zip(strokes, extents, strict=True) if extent >= least]


def _thinned(points: Array) -> Array:
    """The points without those that hardly differ from the one before; at least two, so that a dot is a segment."""
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    cell = np.floor(np.concatenate([[0.0], np.cumsum(step)]) / FINEST)
    keep = np.concatenate([[True], np.diff(cell) > 0])
    keep[-1] = True
    kept: Array = points[keep]
    return kept if len(kept) > 1 else np.repeat(kept, 2, axis=0)


def _ink(segments: Array) -> Array:
    """[28, 28], 0 to 1: full where a pixel's centre lies within the pen's radius of a segment, fading out at the rim."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    nearest = np.full((SIDE, SIDE), np.inf, dtype=np.float32)
    for part in _parts(segments):
        start, along = part[:, 0], part[:, 1] - part[:, 0]
        length_squared = np.maximum((along**2).sum(axis=1), 1e-12)
        from_x = x[None] - start[:, 0, None, None]
        from_y = y[None] - start[:, 1, None, None]
        along_x, along_y = along[:, 0, None, None], along[:, 1, None, None]
        share = np.clip((from_x * along_x + from_y * along_y) / length_squared[:, None, None], 0, 1)
        squared = (from_x - share * along_x) ** 2 + (from_y - share * along_y) ** 2
        nearest = np.minimum(nearest, squared.min(axis=0))
    faded: Array = np.clip((PEN / 2 - np.sqrt(nearest)) / EDGE + 0.5, 0, 1)
    return faded


def _parts(segments: Array) -> Iterator[Array]:
    for first in range(0, len(segments), _SEGMENTS_AT_ONCE):
        yield segments[first : first + _SEGMENTS_AT_ONCE]


def _centre_of_mass(ink: Array) -> npt.NDArray[np.float64]:
    """(x, y) in pixels."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    centre: npt.NDArray[np.float64] = np.array([(x * ink).sum(), (y * ink).sum()]) / ink.sum()
    return centre


PAINTED_SIDE = 280  # pixels of the painting, whatever the canvas's own
OVERSAMPLING = 2  # times finer is it painted, so that edges become smooth
FARTHEST = (
    10.0  # canvases to every side: what lies beyond is not painted, and would not fit into Pillow's whole numbers
)


def paint(drawing: Drawing, steps: Steps = ALL_STEPS) -> Array:
    """[280, 280], 1 for ink, 0 for the canvas. Only what lies on the canvas; slips go with the crop."""
    from PIL import Image, ImageDraw

    scale = OVERSAMPLING * PAINTED_SIDE / drawing.size
    pen = min(drawing.pen_width / drawing.size, FARTHEST) * OVERSAMPLING * PAINTED_SIDE
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    canvas = Image.new("L", (OVERSAMPLING * PAINTED_SIDE, OVERSAMPLING * PAINTED_SIDE))
    pencil = ImageDraw.Draw(canvas)
    reach = FARTHEST * OVERSAMPLING * PAINTED_SIDE
    for stroke in drop_slips(strokes) if steps.crop else strokes:
        points = [(float(x), float(y)) for x, y in np.clip(stroke * scale, -reach, reach)]
        pencil.line(points, fill=255, width=max(1, round(pen)))
        for x, y in points:
            pencil.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    painted: Array = np.asarray(canvas.reduce(OVERSAMPLING), dtype=np.float32) / np.float32(255)
    return painted
