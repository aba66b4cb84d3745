"""What a trained network makes of a drawing or a picture: the one way in for the Draw page, the command line and tests."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from nn_core.inference.drawing import Drawing
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.prepare import PictureSource, prepare_drawing, prepare_picture

__all__ = ["Prediction", "predict_drawing", "predict_picture"]

Prepared = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Prediction:
    """label: the most probable class; probabilities: by class, summing to 1; picture: uint8 [1, 28, 28], what the network
    saw."""

    label: str
    probabilities: dict[str, float]
    picture: Prepared


def predict_drawing(network: TrainedNetwork, drawing: Drawing) -> Prediction | None:
    """None for an empty canvas: there is nothing to guess at."""
    return _predict(network, prepare_drawing(drawing))


def predict_picture(network: TrainedNetwork, source: PictureSource) -> Prediction | None:
    """The same for a picture file. Raises BadPicture."""
    return _predict(network, prepare_picture(source))


def _predict(network: TrainedNetwork, picture: Prepared | None) -> Prediction | None:
    if picture is None:
        return None
    probabilities = network.outputs(torch.from_numpy(picture).unsqueeze(0)).softmax(dim=1)[0].tolist()
    by_class = dict(zip(network.spec.classes, probabilities, strict=True))
    return Prediction(max(by_class, key=by_class.__getitem__), by_class, picture)
