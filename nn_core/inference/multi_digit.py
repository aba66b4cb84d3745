"""What a network reads on a canvas: one digit or letter, or several in order, such as 2026."""

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
    """One digit or letter: its strokes, and what the network makes of them."""

    drawing: Drawing
    prediction: Prediction


@dataclass(frozen=True)
class Reading:
    """parts: at least one, in reading order."""

    parts: tuple[ReadPart, ...]

    @property
    def label(self) -> str:
        return "".join(part.prediction.label for part in self.parts)

    @property
    def probabilities(self) -> dict[str, float]:
        """By class, summing to 1, where there is one part; of several, how likely it is that all labels are right."""
        if len(self.parts) == 1:
            return self.parts[0].prediction.probabilities
        return {self.label: prod(_sureness(part.prediction) for part in self.parts)}

    @property
    def refused(self) -> bool:
        """Whether a part looks like nothing that the network learned."""
        return any(part.prediction.refused for part in self.parts)


def read_drawing(network: TrainedNetwork, drawing: Drawing) -> Reading | None:
    """None for an empty canvas. A network whose classes are not single letters or digits takes a drawing as one thing.
    Raises BadInput for a network that reads no drawings."""
    parts = []
    for candidate in segment_drawing(drawing) if _reads_characters(network) else (Candidate(drawing),):
        parts.extend(_read(network, candidate))
    if len(parts) > 1 and all(part.prediction.refused for part in parts):
        parts = _read(network, Candidate(drawing))  # a cat, rather than four odd digits
    return Reading(tuple(parts)) if parts else None


def _read(network: TrainedNetwork, candidate: Candidate) -> list[ReadPart]:
    """As several only where those are what the network knows and the whole is not, or is so less surely."""
    whole = _parts(network, candidate.drawing)
    several = _parts(network, *candidate.parts)
    if not several or any(part.prediction.refused for part in several):
        return whole
    least_sure = min(_sureness(part.prediction) for part in several)
    surer = whole[0].prediction.refused or least_sure > _sureness(whole[0].prediction)
    return several if surer else whole


def _parts(network: TrainedNetwork, *drawings: Drawing) -> list[ReadPart]:
    read = ((drawing, predict_drawing(network, drawing)) for drawing in drawings)
    return [ReadPart(drawing, prediction) for drawing, prediction in read if prediction is not None]


def _reads_characters(network: TrainedNetwork) -> bool:
    return network.spec.is_line_drawing and all(len(label) == 1 and label.isalnum() for label in network.spec.classes)


def _sureness(prediction: Prediction) -> float:
    return prediction.probabilities[prediction.label]
