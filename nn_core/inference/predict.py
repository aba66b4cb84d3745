"""Predictions of a trained network for drawings, pictures and texts: the entry point for pages, command line and tests."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from nn_core.data import DatasetSpec
from nn_core.data.custom.image_decode import pad_to_square
from nn_core.data.transforms.resize import resize_to_spec
from nn_core.drawings import ALL_STEPS, Drawing, Steps
from nn_core.drawings.photo import open_picture
from nn_core.drawings.preprocess import PictureSource, Prepared, prepare_drawing, prepare_picture
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork
from nn_core.task import Kind

__all__ = [
    "Prediction",
    "predict_drawing",
    "predict_picture",
    "predict_prepared",
    "predict_stored",
    "predict_text",
    "prepare_photo",
]


def prepare_photo(source: PictureSource, spec: DatasetSpec, name: str = "") -> Prepared:
    """uint8 of the data set's shape, of a picture file, as one's own pictures are stored. Raises BadPicture."""
    channels, height, width = spec.shape
    photo = Image.fromarray(open_picture(source, name))
    return resize_to_spec(pad_to_square(photo, max(height, width), colour=channels == 3), spec)


@dataclass(frozen=True)
class Prediction:
    """label: the most probable class; probabilities: by class, summing to 1; picture: uint8 [channels, height, width], what
    the network saw; None for a text; refused: it looks like nothing that the network learned, so the label is no answer."""

    label: str
    probabilities: dict[str, float]
    picture: Prepared | None = None
    refused: bool = False


def predict_drawing(network: TrainedNetwork, drawing: Drawing, steps: Steps = ALL_STEPS) -> Prediction | None:
    """None for an empty canvas: there is nothing to guess at. steps: those of the preparation that are done. Raises
    BadInput for a network that reads no drawings."""
    _must_read(network, "pictures")
    if not network.spec.is_line_drawing:
        raise BadInput(
            _("A network that learned {data} reads photos, and no drawings: give it a picture file.").format(
                data=network.spec.name
            )
        )
    return _predicted(network, prepare_drawing(drawing, steps), steps)


def predict_picture(network: TrainedNetwork, source: PictureSource, steps: Steps = ALL_STEPS) -> Prediction | None:
    """The same for a picture file. Raises BadPicture, or BadInput for a network that reads no pictures."""
    _must_read(network, "pictures")
    if not network.spec.is_line_drawing:
        return predict_prepared(network, prepare_photo(source, network.spec), steps)
    return _predicted(network, prepare_picture(source, steps=steps), steps)


def predict_prepared(network: TrainedNetwork, picture: Prepared, steps: Steps = ALL_STEPS) -> Prediction:
    """Of a picture that a drawing or a file was made into, uint8 [channels, height, width]."""
    seen = resize_to_spec(picture, network.spec)
    asked = network if steps.normalise else network.without_normalising()
    inputs = torch.from_numpy(seen).unsqueeze(0)
    answers = asked.answers_and_features(inputs) if steps.again else asked.outputs_and_features(inputs)
    return _prediction(network, *answers, seen)


def predict_text(network: TrainedNetwork, text: str) -> Prediction | None:
    """None for a text without a letter. Raises BadInput for a network that reads no text."""
    from nn_core.data.transforms.encode_text import encode

    _must_read(network, "text")
    if not text.strip():
        return None
    inputs = encode([text.strip()], network.spec.alphabet, network.spec.shape[0])
    return _prediction(network, *network.outputs_and_features(inputs))


def predict_stored(network: TrainedNetwork, sample: Tensor) -> Prediction:
    """Of one sample as data sets store it, such as `Split.inputs[0]`. Raises BadInput for a network that names no class."""
    _must_read(network, network.spec.kind)
    picture = sample.numpy() if network.spec.kind == "pictures" else None
    return _prediction(network, *network.outputs_and_features(sample.unsqueeze(0)), picture)


def _predicted(network: TrainedNetwork, picture: Prepared | None, steps: Steps) -> Prediction | None:
    return None if picture is None else predict_prepared(network, picture, steps)


def _prediction(
    network: TrainedNetwork, logits: Tensor, features: Tensor, picture: Prepared | None = None
) -> Prediction:
    probabilities = network.calibration.probabilities(logits)[0].tolist()
    by_class = dict(zip(network.spec.classes, probabilities, strict=True))
    refused = bool(network.calibration.refuses(features))
    return Prediction(max(by_class, key=by_class.__getitem__), by_class, picture, refused)


def _must_read(network: TrainedNetwork, kind: Kind) -> None:
    if network.goal != "classify":
        raise BadInput(
            _("Network '{name}' gives pictures back and names no class. Choose a run of a network that does.").format(
                name=network.config.model.name
            )
        )
    if network.spec.kind != kind:
        raise BadInput(
            _("This run learned {data}, which are {theirs}, and not {ours}. Choose a run that learned {ours}.").format(
                data=network.spec.name, theirs=network.spec.kind, ours=kind
            )
        )
