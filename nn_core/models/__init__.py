"""The registry of networks. To add one, add a file and a line here. Importing the registry does not import torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.activations import ACTIVATIONS
from nn_core.models.model import Model
from nn_core.models.summary import LayerRow, check_size, list_layer_rows
from nn_core.settings import NamedSection
from nn_core.task import Goal, Kind, TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ACTIVATIONS",
    "MODELS",
    "Model",
    "build_model",
    "count_parameters",
    "describe_layers",
    "get_goal",
    "list_models",
]


_NAMES = (
    "quick",
    "simple_net",
    "net",
    "mlp",
    "cnn",
    "rnn",
    "attention",
    "autoencoder",
    "layers",
    "plane_mlp",
    "text_cnn",
    "text_rnn",
    "text_attention",
)
MODELS: dict[str, Model[NamedSection]] = {name: import_module(f"nn_core.models.{name}").MODEL for name in _NAMES}


def list_models(kind: Kind) -> list[str]:
    """Return the names of the networks for this kind of data."""
    return [name for name, model in MODELS.items() if kind in model.reads]


def get_goal(name: str, task: TaskSpec) -> Goal:
    """Return what the network of this name does with data of this task: one that classifies predicts a number where the data have
    values instead of classes."""
    goal = MODELS[name].goal
    return "regress" if task.is_regression and goal == "classify" else goal


def build_model(settings: NamedSection, task: TaskSpec) -> nn.Module:
    """Build a network with new weights from torch's random numbers.

    Args:
        settings: the section of one of the registered networks.
        task: what it is built for.

    Raises:
        ConfigError: it cannot be built for the task, or it would exceed the limits in `summary`. These are checked before memory
            is allocated.
    """
    import torch

    name = settings.name
    model = MODELS[name]
    if task.kind not in model.reads:
        raise ConfigError(
            _("Network '{name}' is for {reads}, and the data are {kind}. Choose one of: {names}.").format(
                name=name,
                reads=_(" and ").join(model.reads),
                kind=task.kind,
                names=", ".join(list_models(task.kind)),
            )
        )
    with torch.device("meta"):
        empty = model.build(settings, task)
    check_size(empty, name)
    return empty if torch.get_default_device().type == "meta" else model.build(settings, task)


def describe_layers(settings: NamedSection, task: TaskSpec) -> list[LayerRow]:
    """List the layers of a network without allocating its weights. Raises ConfigError."""
    import torch

    with torch.device("meta"):
        return list_layer_rows(build_model(settings, task), task)


def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
