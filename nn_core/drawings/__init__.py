"""What people draw: strokes or picture files, and how they become pictures as MNIST has them. Needs no torch."""

from nn_core.drawings.canvas import drawing_from_canvas
from nn_core.drawings.drawing import Drawing, Point, Stroke
from nn_core.drawings.picture import open_picture
from nn_core.drawings.prepare import PictureSource, Prepared, prepare_drawing, prepare_picture
from nn_core.drawings.separate import Candidate, separate
from nn_core.drawings.steps import ALL_STEPS, STEPS, Steps

__all__ = [
    "ALL_STEPS",
    "STEPS",
    "Candidate",
    "Drawing",
    "PictureSource",
    "Point",
    "Prepared",
    "Steps",
    "Stroke",
    "drawing_from_canvas",
    "open_picture",
    "prepare_drawing",
    "prepare_picture",
    "separate",
]
