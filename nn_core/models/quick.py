"""`quick`: our own small convolutional network with batch norm, made to be accurate after very little work."""

from torch import nn

from nn_core.config.sections import QuickSettings

__all__ = ["build"]


def build(settings: QuickSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """pictures [count, *shape] → logits [count, classes]."""
    channels, height, width = shape
    narrow, wide = settings.width, 2 * settings.width
    return nn.Sequential(
        nn.Conv2d(channels, narrow, 3, padding=1, bias=False),
        nn.BatchNorm2d(narrow),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(narrow, wide, 3, padding=1, bias=False),
        nn.BatchNorm2d(wide),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(wide, wide, 3, padding=1, bias=False),
        nn.BatchNorm2d(wide),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(wide * (height // 8) * (width // 8), classes),
    )
