"""Predictions of a trained network for drawings, pictures and texts, and explanations of them."""

from nn_core.inference.explain.attribution import (
    Attribution,
    Patch,
    attribute_patches,
    attribute_strokes,
    compute_letter_influence,
    get_read_letters,
)
from nn_core.inference.explain.counterfactual import Counterfactual, find_counterfactual
from nn_core.inference.explain.internals import (
    LatentPlane,
    compute_attention,
    compute_letter_attention,
    decode,
    encode,
    find_patterns,
    get_first_patterns,
    has_attention,
    interpolate,
)
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.inference.predict import (
    Prediction,
    Reading,
    ReadPart,
    Stage,
    make_xray,
    predict_drawing,
    predict_picture,
    predict_prepared,
    predict_stored,
    predict_text,
    read_drawing,
)

__all__ = [
    "Attribution",
    "Counterfactual",
    "LatentPlane",
    "Patch",
    "Prediction",
    "ReadPart",
    "Reading",
    "Stage",
    "TrainedNetwork",
    "attribute_patches",
    "attribute_strokes",
    "compute_attention",
    "compute_letter_attention",
    "compute_letter_influence",
    "decode",
    "encode",
    "find_counterfactual",
    "find_patterns",
    "get_first_patterns",
    "get_read_letters",
    "has_attention",
    "interpolate",
    "load_network",
    "make_xray",
    "predict_drawing",
    "predict_picture",
    "predict_prepared",
    "predict_stored",
    "predict_text",
    "read_drawing",
]
