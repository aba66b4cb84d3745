"""Networks: name → builder. Adding one is a file, a line here and its settings in `config.sections`."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from nn_core.config.sections import ModelSettings
from nn_core.models import net, quick, simple_net
from nn_core.models.activations import ACTIVATIONS
from nn_core.models.layers import LayerRow, count_parameters, layer_rows

__all__ = ["ACTIVATIONS", "MODELS", "LayerRow", "build_model", "count_parameters", "describe_layers"]

MODELS: dict[str, Callable[[Any, tuple[int, int, int], int], nn.Module]] = {
    "quick": quick.build,
    "simple_net": simple_net.build,
    "net": net.build,
}


def build_model(settings: ModelSettings, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The network that `settings` describe, for pictures of `shape` (channels, height, width), with fresh weights from
    torch's random numbers. It gives logits [count, classes]."""
    return MODELS[settings.name](settings, shape, classes)


def describe_layers(settings: ModelSettings, shape: tuple[int, int, int], classes: int) -> list[LayerRow]:
    """The layers of that network, without making room for its weights."""
    with torch.device("meta"):
        return layer_rows(build_model(settings, shape, classes), shape)
