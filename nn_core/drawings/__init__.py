"""What people draw: strokes or picture files, and how they become pictures as MNIST has them (`prepare`). Needs no torch, and
importing this no numpy: lists of data sets and runs are made without."""

from nn_core.drawings.canvas import drawing_from_canvas
from nn_core.drawings.drawing import Drawing, Point, Stroke
from nn_core.drawings.steps import ALL_STEPS, STEPS, Steps

__all__ = [
    "ALL_STEPS",
    "STEPS",
    "Drawing",
    "Point",
    "Steps",
    "Stroke",
    "drawing_from_canvas",
]
