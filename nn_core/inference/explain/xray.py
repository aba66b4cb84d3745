"""The preparation of a drawing step by step: what it looks like after each, and what the network would say of that."""

from dataclasses import dataclass

from nn_core.drawings import ALL_STEPS, STEPS, Drawing, Steps
from nn_core.drawings.preprocess import PictureSource
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.predict import Prediction, predict_drawing, predict_picture

__all__ = ["Stage", "make_xray"]


@dataclass(frozen=True)
class Stage:
    """step: the name of the latest step that had its turn, None before the first; prediction: of what there was then, with
    its picture. Of a step that is left out, both are those of the stage before."""

    step: str | None
    prediction: Prediction


def make_xray(network: TrainedNetwork, source: Drawing | PictureSource, steps: Steps = ALL_STEPS) -> list[Stage]:
    """A stage for the canvas merely shrunk, and one after each step; the last is what `predict_drawing` or `predict_picture`
    says. Empty where there is nothing to read. steps: those that are done. Raises as those two do."""
    stages: list[Stage] = []
    for count, step in enumerate((None, *STEPS)):
        so_far = steps.first(count)
        if isinstance(source, Drawing):
            prediction = predict_drawing(network, source, so_far)
        else:
            prediction = predict_picture(network, source, so_far)
        if prediction is None:
            return []
        stages.append(Stage(step, prediction))
    return stages
