"""Drawings and image files, and their conversion to images like MNIST's (`preprocess`).

None of this imports torch. Importing the package does not import numpy either, because lists of data sets and runs do not need it.
"""

from nn_core.drawings.canvas import read_canvas
from nn_core.drawings.steps import ALL_STEPS, STEPS, Steps
from nn_core.drawings.strokes import Drawing, Point, Stroke

__all__ = ["ALL_STEPS", "STEPS", "Drawing", "Point", "Steps", "Stroke", "read_canvas"]
