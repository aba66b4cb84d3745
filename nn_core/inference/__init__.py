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
    predict_stored,
    predict_text,
)

__all__ = [
    "LatentPlane",
    "Prediction",
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
    "path_between",
    "predict_drawing",
    "predict_picture",
    "predict_stored",
    "predict_text",
]
