"""From strokes or a picture file to what a network sees, and what a trained network makes of it."""

from nn_core.inference.canvas import drawing_from_canvas
from nn_core.inference.drawing import Drawing
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.inference.predictor import Prediction, predict_drawing, predict_picture
from nn_core.inference.prepare import prepare_drawing, prepare_picture

__all__ = [
    "Drawing",
    "Prediction",
    "TrainedNetwork",
    "drawing_from_canvas",
    "load_network",
    "predict_drawing",
    "predict_picture",
    "prepare_drawing",
    "prepare_picture",
]
