"""`quick`: our own small convolutional network with batch norm, made to be accurate after very little work;
34,090 parameters for MNIST.

Strides shrink the picture instead of pooling, the first of them at once: most of the time goes where maps are large.
"""

import torch
from torch import nn

from nn_core.config.sections import QuickSettings

__all__ = ["build"]


def build(settings: QuickSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """pictures [count, *shape], at least 14 pixels high and wide → logits [count, classes]."""
    channels, height, width = shape
    first, second, third = settings.width, 2 * settings.width, 4 * settings.width
    model = nn.Sequential(
        nn.Conv2d(channels, first, 6, stride=2, bias=False),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        nn.Conv2d(first, second, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(second),
        nn.ReLU(),
        nn.Conv2d(second, third, 3, bias=False),
        nn.BatchNorm2d(third),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(third * _last_side(height) * _last_side(width), classes),
    )
    # The memory layout that a CPU trains a sixth faster in; shapes stay the same, and a save needs `.contiguous()`.
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _last_side(pixels: int) -> int:
    """The height or width of the last convolution's maps."""
    after_first = (pixels - 6) // 2 + 1
    after_second = (after_first - 1) // 2 + 1
    return after_second - 2
