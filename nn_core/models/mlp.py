"""`mlp`: dense layers, one after the other."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nn_core.i18n import N_
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model, make_dropout_setting
from nn_core.settings import declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "MLPSettings"]


class MLPSettings(ActivationSettings, title=N_("Dense layers (MLP)")):
    """Dense layers: every neuron is connected to all outputs of the layer before it."""

    name: Literal["mlp"] = "mlp"
    hidden: tuple[Annotated[int, Field(ge=1, le=8192)], ...] = declare_setting(
        (256, 128), "Hidden layers", "The neurons of each hidden layer, for example 256, 128.", max_length=20
    )
    norm: Literal["none", "batch", "layer"] = declare_setting(
        "none",
        "Normalisation",
        "Keeps the activations of each layer at the same scale, which makes training more stable.",
    )
    dropout: float = make_dropout_setting()


def build(settings: MLPSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    norms = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    activation = make_activation_factory(settings)
    layers: list[nn.Module] = [nn.Flatten()]
    width = prod(task.shape)
    for neurons in settings.hidden:
        layers.append(nn.Linear(width, neurons))
        if settings.norm != "none":
            layers.append(norms[settings.norm](neurons))
        layers.append(activation())
        if settings.dropout:
            layers.append(nn.Dropout(settings.dropout))
        width = neurons
    return nn.Sequential(*layers, nn.Linear(width, task.classes))


MODEL = Model(MLPSettings, build, reads=("pictures", "points"))
