"""What people draw: strokes or picture files, and how they become pictures as MNIST has them (`prepare`). Needs no torch, and
importing this no numpy: lists of data sets and runs are made without."""

from nn_core.drawings.canvas import read_canvas
from nn_core.drawings.steps import ALL_STEPS, STEPS, Steps
from nn_core.drawings.strokes import Drawing, Point, Stroke

__all__ = [
    "ALL_STEPS",
    "STEPS",
    "Drawing",
    "Point",
    "Steps",
    "Stroke",
    "read_canvas",
]
