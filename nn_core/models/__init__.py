"""Networks: name → Model. Adding one is a file and a line here. The registry itself needs no torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.activations import ACTIVATIONS
from nn_core.models.model import Model
from nn_core.models.size import check_size
from nn_core.task import Kind, TaskSpec

if TYPE_CHECKING:
    from torch import nn

    from nn_core.models.rows import LayerRow

__all__ = ["ACTIVATIONS", "MODELS", "Model", "build_model", "count_parameters", "describe_layers", "list_models"]


def _of(file: str) -> Model:
    """The network that a file of this folder declares."""
    model: Model = import_module(f"nn_core.models.{file}").MODEL
    return model


MODELS: dict[str, Model] = {
    "quick": _of("quick"),
    "simple_net": _of("simple_net"),
    "net": _of("net"),
    "mlp": _of("mlp"),
    "cnn": _of("cnn"),
    "rnn": _of("rnn"),
    "attention": _of("attention"),
    "autoencoder": _of("autoencoder"),
    "layers": _of("layers"),
    "text_cnn": _of("text_cnn"),
    "text_rnn": _of("text_rnn"),
    "text_attention": _of("text_attention"),
}


def list_models(kind: Kind) -> list[str]:
    """The names of the networks that read such data."""
    return [name for name, model in MODELS.items() if kind in model.reads]


def build_model(settings: Any, problem: TaskSpec) -> nn.Module:
    """The network that `settings` describe, with fresh weights from torch's random numbers. Raises ConfigError where it
    cannot be built for the problem, and before anything takes room where it would be larger than `size` allows."""
    import torch

    name: str = settings.name
    model = MODELS[name]
    if problem.kind not in model.reads:
        raise ConfigError(
            _("Network '{name}' reads {reads}, and the data are {kind}. Choose one of: {names}.").format(
                name=name,
                reads=_(" and ").join(model.reads),
                kind=problem.kind,
                names=", ".join(list_models(problem.kind)),
            )
        )
    with torch.device("meta"):
        empty = model.build(settings, problem)
    check_size(empty, name)
    return empty if torch.get_default_device().type == "meta" else model.build(settings, problem)


def describe_layers(settings: Any, problem: TaskSpec) -> list[LayerRow]:
    """The layers of that network, without making room for its weights. Raises ConfigError."""
    import torch

    from nn_core.models.rows import list_layer_rows

    with torch.device("meta"):
        return list_layer_rows(build_model(settings, problem), problem)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training adjusts."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
