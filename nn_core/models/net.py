"""`net`: two convolutions and two dense layers; 1,199,882 parameters for MNIST.

The network of PyTorch's MNIST example. It returns logits, and its dropout is the plain one throughout.
"""

from torch import nn

from nn_core.config.sections import NetSettings
from nn_core.models.activations import ACTIVATIONS

__all__ = ["build"]


def build(settings: NetSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """pictures [count, *shape] → logits [count, classes]."""
    channels, height, width = shape
    activation = ACTIVATIONS[settings.activation]
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3),
        activation(),
        nn.Conv2d(32, 64, 3),
        activation(),
        nn.MaxPool2d(2),
        nn.Dropout(settings.dropout_conv),
        nn.Flatten(),
        nn.Linear(64 * ((height - 4) // 2) * ((width - 4) // 2), 128),
        activation(),
        nn.Dropout(settings.dropout_dense),
        nn.Linear(128, classes),
    )
