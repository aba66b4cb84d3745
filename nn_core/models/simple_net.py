"""`simple_net`: one hidden layer over the whole picture; 101,770 parameters for MNIST."""

from math import prod

from torch import nn

from nn_core.config.sections import SimpleNetSettings
from nn_core.models.activations import ACTIVATIONS

__all__ = ["build"]


def build(settings: SimpleNetSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """pictures [count, *shape] → logits [count, classes]."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(prod(shape), settings.hidden),
        ACTIVATIONS[settings.activation](),
        nn.Linear(settings.hidden, classes),
    )
