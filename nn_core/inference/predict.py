"""Predictions for drawings, pictures and texts: the entry point for the pages, the command line and tests.

A canvas may have one digit or letter, or several in a row, such as 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Generic, TypeVar

import torch
from torch import Tensor

from nn_core.data.encode_text import encode
from nn_core.data.transforms import resize_to_spec
from nn_core.drawings import ALL_STEPS, STEPS, Drawing, Steps
from nn_core.drawings.image_files import open_sample
from nn_core.drawings.pictures import PicturePart, PictureSource, segment_picture
from nn_core.drawings.preprocess import Prepared, prepare_drawing, prepare_picture
from nn_core.drawings.segment import Candidate, segment_drawing
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork
from nn_core.task import Kind

__all__ = [
    "Prediction",
    "ReadPart",
    "Reading",
    "Stage",
    "check_input_kind",
    "make_xray",
    "predict_drawing",
    "predict_picture",
    "predict_point",
    "predict_prepared",
    "predict_stored",
    "predict_text",
    "prepare_input",
    "read_drawing",
    "read_picture",
]

SourceT = TypeVar("SourceT")


@dataclass(frozen=True)
class Prediction:
    """A network's answer for one sample.

    Attributes:
        label: the most probable class.
        probabilities: by class, summing to 1.
        picture: uint8 [channels, height, width], the network's input before normalization; None for a text.
        is_out_of_distribution: whether the sample is unlike all training data, so that the label means nothing.
    """

    label: str
    probabilities: dict[str, float]
    picture: Prepared | None = None
    is_out_of_distribution: bool = False

    @property
    def confidence(self) -> float:
        """The probability of the label."""
        return self.probabilities[self.label]


@dataclass(frozen=True)
class ReadPart(Generic[SourceT]):
    """One digit or letter: its strokes, or its part of a picture, and its prediction."""

    source: SourceT
    prediction: Prediction


@dataclass(frozen=True)
class Reading(Generic[SourceT]):
    """What a network reads on a canvas or in a picture. parts: at least one, in reading order."""

    parts: tuple[ReadPart[SourceT], ...]

    @property
    def label(self) -> str:
        """The labels of all parts in one string."""
        return "".join(part.prediction.label for part in self.parts)

    @property
    def probabilities(self) -> dict[str, float]:
        """For one part, the probability of each class, summing to 1; for several, the probability that all labels are right."""
        if len(self.parts) == 1:
            return self.parts[0].prediction.probabilities
        return {self.label: prod(part.prediction.confidence for part in self.parts)}

    @property
    def is_out_of_distribution(self) -> bool:
        """Whether any part is."""
        return any(part.prediction.is_out_of_distribution for part in self.parts)


@dataclass(frozen=True)
class Stage:
    """The X-ray of a drawing or picture after one step of its preparation.

    Attributes:
        step: its name; None before the first step.
        prediction: for the picture at this stage, with that picture; for a skipped step, the prediction of the stage before.
    """

    step: str | None
    prediction: Prediction


def predict_drawing(network: TrainedNetwork, drawing: Drawing, steps: Steps = ALL_STEPS) -> Prediction | None:
    """Predict a drawing; None for an empty canvas. steps: the preparation steps to apply. Raises BadInput for a network that does
    not read drawings."""
    check_input_kind(network, "pictures")
    if not network.spec.is_line_drawing:
        raise BadInput(
            _("A network trained on {data} reads photos, not drawings: give it a picture file.").format(
                data=network.spec.name
            )
        )
    return _predict_if_present(network, prepare_drawing(drawing, steps), steps)


def read_drawing(network: TrainedNetwork, drawing: Drawing) -> Reading[Drawing] | None:
    """Segment a drawing and predict each part; None for an empty canvas.

    A network whose classes are not all single letters or digits gets the whole drawing.

    Raises:
        BadInput: the network does not read drawings.
    """
    candidates = segment_drawing(drawing) if _reads_characters(network) else (Candidate(drawing),)
    return _read_candidates(candidates, drawing, lambda part: predict_drawing(network, part))


def read_picture(network: TrainedNetwork, source: PictureSource) -> Reading[PictureSource] | None:
    """Segment the ink of a picture file and predict each part, as `read_drawing` does; None where there is nothing to read.

    Raises:
        BadPicture: the file cannot be read.
        BadInput: the network does not read pictures.
    """
    candidates = segment_picture(source) if _reads_characters(network) else (Candidate(source),)
    return _read_candidates(candidates, source, lambda part: predict_picture(network, part))


def predict_picture(network: TrainedNetwork, source: PictureSource, steps: Steps = ALL_STEPS) -> Prediction | None:
    """Predict a picture file; None where it contains nothing to read. Raises BadPicture, or BadInput for a network that does not
    read pictures."""
    check_input_kind(network, "pictures")
    return _predict_if_present(network, _prepare_picture(network, source, steps), steps)


def prepare_input(network: TrainedNetwork, source: Drawing | PictureSource, name: str = "") -> Prepared | None:
    """Return what a network of pictures sees of a drawing or picture file, uint8 [channels, height, width]; None where there is nothing
    to see. Raises BadPicture. name: what the error calls the file."""
    if isinstance(source, Drawing):
        drawn = prepare_drawing(source)
        return None if drawn is None else resize_to_spec(drawn, network.spec)
    prepared = _prepare_picture(network, source, ALL_STEPS, name)
    return None if prepared is None else resize_to_spec(prepared, network.spec)


def _prepare_picture(network: TrainedNetwork, source: PictureSource, steps: Steps, name: str = "") -> Prepared | None:
    if network.spec.is_line_drawing:
        return prepare_picture(source, name, steps)
    channels, height, width = network.spec.shape
    file = source.file if isinstance(source, PicturePart) else source  # only line drawings are split
    return open_sample(file, max(height, width), colour=channels == 3, name=name)


def predict_prepared(network: TrainedNetwork, picture: Prepared, steps: Steps = ALL_STEPS) -> Prediction:
    """Predict a prepared drawing or picture, uint8 [channels, height, width]."""
    picture = resize_to_spec(picture, network.spec)
    variant = network if steps.normalise else network.skip_normalization()
    compute = variant.compute_tta_outputs_and_features if steps.again else variant.compute_outputs_and_features
    return _make_prediction(network, *compute(torch.from_numpy(picture).unsqueeze(0)), picture)


def make_xray(network: TrainedNetwork, source: Drawing | PictureSource, steps: Steps = ALL_STEPS) -> list[Stage]:
    """Return a stage for the canvas that is only shrunk, and one after each step; empty where there is nothing to read.

    The last prediction is that of `predict_drawing` or `predict_picture`. Raises what those two raise.

    Args:
        network: predicts at each stage.
        source: a drawing or a picture file.
        steps: the preparation steps to apply.
    """
    stages: list[Stage] = []
    for count, step in enumerate((None, *STEPS)):
        steps_so_far = steps.first(count)
        if isinstance(source, Drawing):
            prediction = predict_drawing(network, source, steps_so_far)
        else:
            prediction = predict_picture(network, source, steps_so_far)
        if prediction is None:
            return []
        stages.append(Stage(step, prediction))
    return stages


def predict_text(network: TrainedNetwork, text: str) -> Prediction | None:
    """Predict a text; None for a blank one. Raises BadInput for a network that does not read text."""
    check_input_kind(network, "text")
    if not text.strip():
        return None
    inputs = encode([text.strip()], network.spec.alphabet, network.spec.shape[0])
    return _make_prediction(network, *network.compute_outputs_and_features(inputs))


def predict_point(network: TrainedNetwork, x1: float, x2: float) -> Prediction | float:
    """Predict the class of a point, or its value. Raises BadInput for a network that does not read points."""
    point = torch.tensor([x1, x2])
    if network.goal == "regress" and network.spec.kind == "points":
        return round(network.compute_outputs(point.unsqueeze(0)).item(), 6)
    check_input_kind(network, "points")
    return predict_stored(network, point)


def predict_stored(network: TrainedNetwork, sample: Tensor) -> Prediction:
    """Predict one sample as data sets store it, such as `Split.inputs[0]`. Raises BadInput for a network that does not classify."""
    check_input_kind(network, network.spec.kind)
    picture = sample.numpy() if network.spec.kind == "pictures" else None
    return _make_prediction(network, *network.compute_outputs_and_features(sample.unsqueeze(0)), picture)


def _predict_if_present(network: TrainedNetwork, picture: Prepared | None, steps: Steps) -> Prediction | None:
    return None if picture is None else predict_prepared(network, picture, steps)


def _read_candidates(
    candidates: Iterable[Candidate[SourceT]], whole: SourceT, predict: Callable[[SourceT], Prediction | None]
) -> Reading[SourceT] | None:
    parts = [part for candidate in candidates for part in _read_candidate(candidate, predict)]
    if len(parts) > 1 and all(part.prediction.is_out_of_distribution for part in parts):
        parts = _predict_parts([whole], predict)  # a cat is better shown as one unknown drawing than as four odd digits
    return Reading(tuple(parts)) if parts else None


def _read_candidate(
    candidate: Candidate[SourceT], predict: Callable[[SourceT], Prediction | None]
) -> list[ReadPart[SourceT]]:
    """Read the candidate as several characters only if all of them are in distribution, and each has a higher confidence than the
    candidate as one character, or that is out of distribution."""
    whole = _predict_parts([candidate.source], predict)
    several = _predict_parts(candidate.parts, predict)
    if not several or any(part.prediction.is_out_of_distribution for part in several):
        return whole
    lowest = min(part.prediction.confidence for part in several)
    is_better = whole[0].prediction.is_out_of_distribution or lowest > whole[0].prediction.confidence
    return several if is_better else whole


def _predict_parts(
    sources: Iterable[SourceT], predict: Callable[[SourceT], Prediction | None]
) -> list[ReadPart[SourceT]]:
    predictions = ((source, predict(source)) for source in sources)
    return [ReadPart(source, prediction) for source, prediction in predictions if prediction is not None]


def _reads_characters(network: TrainedNetwork) -> bool:
    return network.spec.is_line_drawing and all(len(label) == 1 and label.isalnum() for label in network.spec.classes)


def _make_prediction(
    network: TrainedNetwork, logits: Tensor, features: Tensor, picture: Prepared | None = None
) -> Prediction:
    probabilities = network.calibration.compute_probabilities(logits)[0].tolist()
    by_class = dict(zip(network.spec.classes, probabilities, strict=True))
    is_out_of_distribution = bool(network.calibration.detect_out_of_distribution(features))
    return Prediction(max(by_class, key=by_class.__getitem__), by_class, picture, is_out_of_distribution)


def check_input_kind(network: TrainedNetwork, kind: Kind) -> None:
    """Raises BadInput for a network that does not classify, or not this kind of sample."""
    if network.goal == "regress":
        raise BadInput(
            _("This run predicts a number and no class. Choose a run of a network that classifies, or give it points.")
        )
    if network.goal != "classify":
        raise BadInput(
            _(
                "Network '{name}' reconstructs pictures and predicts no class. Choose a run of a network that classifies."
            ).format(name=network.config.model.name)
        )
    if network.spec.kind != kind:
        raise BadInput(
            _("This run was trained on {data} ({actual}), not on {needed}. Choose a run trained on {needed}.").format(
                data=network.spec.name, actual=network.spec.kind, needed=kind
            )
        )
