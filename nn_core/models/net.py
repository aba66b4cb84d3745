"""`net`: two convolutions and two dense layers; 1,199,882 parameters for MNIST.

This is the network of PyTorch's MNIST example, but it returns logits and uses plain dropout everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model, check_picture_size
from nn_core.settings import declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "NetSettings"]


class NetSettings(ActivationSettings, title=N_("Classic convolutional network")):
    """Two convolutions that look for small patterns anywhere in the picture, then two dense layers that classify."""

    name: Literal["net"] = "net"
    dropout_conv: float = declare_setting(
        0.25,
        "Dropout after the convolutions",
        "The fraction that is switched off.",
        term="dropout",
        ge=0,
        le=0.9,
    )
    dropout_dense: float = declare_setting(
        0.5, "Dropout before the output", "Dropout between the two dense layers.", ge=0, le=0.9
    )


def build(settings: NetSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    channels, height, width = check_picture_size(6, task, settings.name)
    activation = make_activation_factory(settings)
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
        nn.Linear(128, task.classes),
    )


MODEL = Model(NetSettings, build)
