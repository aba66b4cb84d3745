"""Paints strokes as the canvas shows them, with the user's own pen: what a program sees that takes the pixels."""

import numpy as np
import numpy.typing as npt

from nn_core.drawings.drawing import Drawing
from nn_core.drawings.rasterise import without_slips
from nn_core.drawings.steps import ALL_STEPS, Steps

__all__ = ["paint"]

SIDE = 280  # pixels of the painting, whatever the canvas's own
FINER = 2  # times finer is it painted, so that edges become smooth
FARTHEST = (
    10.0  # canvases to every side: what lies beyond is not painted, and would not fit into Pillow's whole numbers
)

Array = npt.NDArray[np.float32]


def paint(drawing: Drawing, steps: Steps = ALL_STEPS) -> Array:
    """[280, 280], 1 for ink, 0 for the canvas. Only what lies on the canvas; slips go with the crop."""
    from PIL import Image, ImageDraw

    scale = FINER * SIDE / drawing.size
    pen = min(drawing.pen_width / drawing.size, FARTHEST) * FINER * SIDE
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    canvas = Image.new("L", (FINER * SIDE, FINER * SIDE))
    pencil = ImageDraw.Draw(canvas)
    reach = FARTHEST * FINER * SIDE
    for stroke in without_slips(strokes) if steps.crop else strokes:
        points = [(float(x), float(y)) for x, y in np.clip(stroke * scale, -reach, reach)]
        pencil.line(points, fill=255, width=max(1, round(pen)))
        for x, y in points:
            pencil.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    painted: Array = np.asarray(canvas.reduce(FINER), dtype=np.float32) / np.float32(255)
    return painted
