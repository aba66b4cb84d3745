"""Reads a canvas with one digit or letter, or with several in a row, such as 2026."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from nn_core.drawings import Drawing
from nn_core.drawings.segment import Candidate, segment_drawing
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.predict import Prediction, predict_drawing

__all__ = ["ReadPart", "Reading", "read_drawing"]


@dataclass(frozen=True)
class ReadPart:
    """One digit or letter: its strokes and its prediction."""

    drawing: Drawing
    prediction: Prediction


@dataclass(frozen=True)
class Reading:
    """What a network reads on a canvas. parts: at least one, in reading order."""

    parts: tuple[ReadPart, ...]

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


def read_drawing(network: TrainedNetwork, drawing: Drawing) -> Reading | None:
    """Segment a drawing and predict each part; None for an empty canvas.

    A network whose classes are not all single letters or digits gets the whole drawing.

    Raises:
        BadInput: the network does not read drawings.
    """
    parts = []
    for candidate in segment_drawing(drawing) if _reads_characters(network) else (Candidate(drawing),):
        parts.extend(_read_candidate(network, candidate))
    if len(parts) > 1 and all(part.prediction.is_out_of_distribution for part in parts):
        parts = _predict_parts(network, drawing)  # a cat is better shown as one unknown drawing than as four odd digits
    return Reading(tuple(parts)) if parts else None


def _read_candidate(network: TrainedNetwork, candidate: Candidate) -> list[ReadPart]:
    """Read the candidate as several characters only if all of them are in distribution, and each has a higher confidence than the
    candidate as one character, or that is out of distribution."""
    whole = _predict_parts(network, candidate.drawing)
    several = _predict_parts(network, *candidate.parts)
    if not several or any(part.prediction.is_out_of_distribution for part in several):
        return whole
    lowest = min(part.prediction.confidence for part in several)
    is_better = whole[0].prediction.is_out_of_distribution or lowest > whole[0].prediction.confidence
    return several if is_better else whole


def _predict_parts(network: TrainedNetwork, *drawings: Drawing) -> list[ReadPart]:
    predictions = ((drawing, predict_drawing(network, drawing)) for drawing in drawings)
    return [ReadPart(drawing, prediction) for drawing, prediction in predictions if prediction is not None]


def _reads_characters(network: TrainedNetwork) -> bool:
    return network.spec.is_line_drawing and all(len(label) == 1 and label.isalnum() for label in network.spec.classes)
