"""Networks with a mistake in their program: a softmax at the end, although the loss applies one.

Import this before `nn_core.config`, whose settings know the networks that are registered by then. This is how a network in a file of its
own is added.
"""

from typing import Literal

from torch import nn

from nn_core.models import MODELS
from nn_core.models.mlp import MLPSettings
from nn_core.models.model import Model
from nn_core.models.net import NetSettings
from nn_core.models.simple_net import SimpleNetSettings
from nn_core.models.text_cnn import TextCNNSettings
from nn_core.settings import NamedSection
from nn_core.task import TaskSpec

__all__ = ["add_softmax"]


class SimpleNetSoftmax(SimpleNetSettings, title="Simple network with softmax"):
    name: Literal["simple_net_softmax"] = "simple_net_softmax"  # type: ignore[assignment]


class MLPSoftmax(MLPSettings, title="MLP with softmax"):
    name: Literal["mlp_softmax"] = "mlp_softmax"  # type: ignore[assignment]


class NetSoftmax(NetSettings, title="Net with softmax"):
    name: Literal["net_softmax"] = "net_softmax"  # type: ignore[assignment]


class TextCNNSoftmax(TextCNNSettings, title="Text CNN with softmax"):
    name: Literal["text_cnn_softmax"] = "text_cnn_softmax"  # type: ignore[assignment]


def _register(section: type[NamedSection], base: str) -> None:
    def build(settings: NamedSection, task: TaskSpec) -> nn.Module:
        return nn.Sequential(MODELS[base].build(settings, task), nn.Softmax(dim=1))

    name = section.model_fields["name"].default
    MODELS[name] = Model(section, build, MODELS[base].reads)


for _section, _base in (
    (SimpleNetSoftmax, "simple_net"),
    (MLPSoftmax, "mlp"),
    (NetSoftmax, "net"),
    (TextCNNSoftmax, "text_cnn"),
):
    _register(_section, _base)


def add_softmax(settings: NamedSection) -> NamedSection:
    """Return the settings of the same network with a softmax at its end."""
    section = MODELS[f"{settings.name}_softmax"].settings
    return section.model_validate({**settings.model_dump(), "name": f"{settings.name}_softmax"})
