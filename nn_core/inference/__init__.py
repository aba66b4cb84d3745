"""What a trained network makes of a drawing, a picture or a text, and why."""

from nn_core.inference.attention import attends, attention_over
from nn_core.inference.latent import LatentPlane, decode, encode, path_between
from nn_core.inference.letters import attention_to_letters, influence_of_letters, letters_read
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.inference.patterns import first_patterns, found_patterns
from nn_core.inference.predictor import (
    Prediction,
    predict_drawing,
    predict_picture,
    predict_prepared,
    predict_stored,
    predict_text,
)
from nn_core.inference.reading import Part, Reading, read_drawing
from nn_core.inference.smallest_change import Change, smallest_change
from nn_core.inference.strokes_that_mattered import (
    Influence,
    Patch,
    patches_that_mattered,
    strokes_that_mattered,
)
from nn_core.inference.xray import Stage, xray

__all__ = [
    "Change",
    "Influence",
    "LatentPlane",
    "Part",
    "Patch",
    "Prediction",
    "Reading",
    "Stage",
    "TrainedNetwork",
    "attends",
    "attention_over",
    "attention_to_letters",
    "decode",
    "encode",
    "first_patterns",
    "found_patterns",
    "influence_of_letters",
    "letters_read",
    "load_network",
    "patches_that_mattered",
    "path_between",
    "predict_drawing",
    "predict_picture",
    "predict_prepared",
    "predict_stored",
    "predict_text",
    "read_drawing",
    "smallest_change",
    "strokes_that_mattered",
    "xray",
]
