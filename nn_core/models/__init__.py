"""Networks: name → builder. Adding one is a file, a line here and its settings in `config.sections`."""

from collections.abc import Callable
from typing import Any

from torch import nn

from nn_core.config.sections import ModelSettings
from nn_core.models import net, quick, simple_net
from nn_core.models.activations import ACTIVATIONS

__all__ = ["ACTIVATIONS", "MODELS", "build_model", "count_parameters"]

MODELS: dict[str, Callable[[Any, tuple[int, int, int], int], nn.Module]] = {
    "quick": quick.build,
    "simple_net": simple_net.build,
    "net": net.build,
}


def build_model(settings: ModelSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The network that `settings` describe, for pictures of `shape` (channels, height, width), with fresh weights from
    torch's random numbers. It gives logits [count, classes]."""
    return MODELS[settings.name](settings, shape, classes)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training adjusts."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
