"""`simple_net`: one hidden layer over the whole image; 101,770 parameters for MNIST."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model
from nn_core.settings import declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "SimpleNetSettings"]


class SimpleNetSettings(ActivationSettings, title=N_("Simple network")):
    """One hidden layer of neurons that each see the whole picture. A good first network."""

    name: Literal["simple_net"] = "simple_net"
    hidden: int = declare_setting(
        128, "Hidden neurons", "More neurons can distinguish more patterns and take longer to train.", ge=1, le=4096
    )


def build(settings: SimpleNetSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(prod(task.shape), settings.hidden),
        make_activation_factory(settings)(),
        nn.Linear(settings.hidden, task.classes),
    )


MODEL = Model(SimpleNetSettings, build, reads=("pictures", "points"))
