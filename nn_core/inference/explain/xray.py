"""The preparation of a drawing step by step, with the network's prediction after each step."""

from dataclasses import dataclass

from nn_core.drawings import ALL_STEPS, STEPS, Drawing, Steps
from nn_core.drawings.preprocess import PictureSource
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.predict import Prediction, predict_drawing, predict_picture

__all__ = ["Stage", "make_xray"]


@dataclass(frozen=True)
class Stage:
    """The state after one step.

    Attributes:
        step: its name; None before the first step.
        prediction: for the picture at this stage, with that picture; for a skipped step, the prediction of the stage before.
    """

    step: str | None
    prediction: Prediction


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
