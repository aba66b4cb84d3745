"""`plane_mlp`: the network of the Playground, for points in the plane: input features, then dense layers, each with its own activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.i18n import N_, _
from nn_core.models.activations import ACTIVATIONS
from nn_core.models.model import Model
from nn_core.settings import NamedSection, Section, declare_setting, make_error
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["FEATURE_LABELS", "MODEL", "Feature", "PlaneActivation", "PlaneLayer", "PlaneMLPSettings"]

Feature = Literal["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]
"""What the first layer gets; x₁ and x₂ are the standardised coordinates. `nn_core.models.parts.PlaneFeatures` computes them."""
FEATURE_LABELS: dict[str, str] = {
    "x1": "x₁",
    "x2": "x₂",
    "x1_squared": "x₁²",
    "x2_squared": "x₂²",
    "x1_x2": "x₁x₂",
    "sin_x1": "sin 3x₁",
    "sin_x2": "sin 3x₂",
}
PlaneActivation = Literal["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus"]


class PlaneLayer(Section, title=N_("Layer")):
    """A layer of neurons with its activation."""

    neurons: int = declare_setting(8, "Neurons", "How many neurons the layer has.", ge=1, le=32)
    activation: PlaneActivation = declare_setting("tanh", "Activation", term="activation_function")


class PlaneMLPSettings(NamedSection, title=N_("Playground network")):
    """Dense layers for points in the plane. It may get features such as x₁x₂, and each layer has its own activation."""

    name: Literal["plane_mlp"] = "plane_mlp"
    features: tuple[Feature, ...] = declare_setting(
        ("x1", "x2"),
        "Features",
        "The first layer gets the coordinates of each point, their squares, product or sines. With the right features, fewer "
        "neurons are enough.",
        term="input_feature",
        min_length=1,
        max_length=len(FEATURE_LABELS),
    )
    layers: tuple[PlaneLayer, ...] = declare_setting(
        (PlaneLayer(), PlaneLayer()),
        "Hidden layers",
        "The layers between features and output. Without any, the network computes a weighted sum of the features.",
        max_length=6,
    )

    @model_validator(mode="after")
    def _features_are_distinct(self) -> Self:
        for number, feature in enumerate(self.features):
            if feature in self.features[:number]:
                raise make_error(
                    _("model.features has '{feature}' twice, but each may occur once: remove one of them.").format(
                        feature=feature
                    )
                )
        return self


def build(settings: PlaneMLPSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import PlaneFeatures

    modules: list[nn.Module] = [PlaneFeatures(settings.features)]
    width = len(settings.features)
    for layer in settings.layers:
        modules += [nn.Linear(width, layer.neurons), getattr(nn, ACTIVATIONS[layer.activation])()]
        width = layer.neurons
    return nn.Sequential(*modules, nn.Linear(width, task.classes))


MODEL = Model(PlaneMLPSettings, build, reads=("points",))
