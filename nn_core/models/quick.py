"""`quick`: our small convolutional network with batch norm, designed to be accurate after very little computation;
34,090 parameters for MNIST.

Strides reduce the size instead of pooling, already in the first layer, because large maps take most of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.model import Model, check_picture_size
from nn_core.settings import NamedSection, declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "QuickSettings"]


class QuickSettings(NamedSection, title=N_("Quick convolutional network")):
    """Our small convolutional network with batch norm: few parameters, accurate within minutes on any laptop."""

    name: Literal["quick"] = "quick"
    width: int = declare_setting(
        16, "Width", "How many patterns the first convolution looks for; the later ones look for more.", ge=4, le=128
    )


def build(settings: QuickSettings, task: TaskSpec) -> nn.Module:
    import torch
    from torch import nn

    channels, height, width = check_picture_size(14, task, settings.name)
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
        nn.Linear(third * _compute_last_side(height) * _compute_last_side(width), task.classes),
    )
    # A CPU trains a sixth faster with this memory layout. Shapes stay the same, and saving needs `.contiguous()`.
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _compute_last_side(pixels: int) -> int:
    """Return the height or width of the last convolution's output."""
    after_first = (pixels - 6) // 2 + 1
    after_second = (after_first - 1) // 2 + 1
    return after_second - 2


MODEL = Model(QuickSettings, build)
