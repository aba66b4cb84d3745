"""Optimizers: name → builder."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from nn_core.config.optimizers import OPTIMIZER_SETTINGS, MuonSettings
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.training.muon import MuonWithAdamW, has_muon, hidden_matrices

__all__ = ["OPTIMIZERS", "build_optimizer", "must_have_optimizer"]


_Builder = Callable[[nn.Module, Any, bool], torch.optim.Optimizer]


def _of_torch(kind: Callable[..., torch.optim.Optimizer], **fixed: Any) -> _Builder:
    """Builds one of torch's optimizers, whose arguments have the names of our settings. fixed: what replaces `fused`."""

    def build(model: nn.Module, settings: Any, fused: bool) -> torch.optim.Optimizer:
        given = settings.model_dump(exclude={"name"})
        if "beta1" in given:
            given["betas"] = (given.pop("beta1"), given.pop("beta2"))
        return kind(model.parameters(), **given, **(fixed or {"fused": fused}))

    return build


def _muon(model: nn.Module, settings: MuonSettings, fused: bool) -> torch.optim.Optimizer:
    matrices = hidden_matrices(model)
    taken = {id(matrix) for matrix in matrices}
    others = [parameter for parameter in model.parameters() if id(parameter) not in taken]
    return MuonWithAdamW(matrices, others, **settings.model_dump(exclude={"name"}), fused=fused)


OPTIMIZERS: dict[str, _Builder] = {
    "sgd": _of_torch(torch.optim.SGD),
    "adam": _of_torch(torch.optim.Adam),
    "adamw": _of_torch(torch.optim.AdamW),
    "rmsprop": _of_torch(torch.optim.RMSprop, foreach=True),  # (Hinton, 2012.) Torch has no fused form of it.
    "adagrad": _of_torch(torch.optim.Adagrad),  # (Duchi, Hazan and Singer, 2011.)
    "muon": _muon,
}


def must_have_optimizer(name: str) -> None:
    """Raises ConfigError for one that this version of torch lacks."""
    if name == "muon" and not has_muon():
        others = ", ".join(other for other in OPTIMIZER_SETTINGS if other != name)
        raise ConfigError(
            _(
                "optimizer.name = 'muon' needs PyTorch 2.9 or newer, and this is {version}. Choose one of: {names}."
            ).format(version=torch.__version__, names=others)
        )


def build_optimizer(model: nn.Module, settings: Any, device: torch.device) -> torch.optim.Optimizer:
    """The optimizer for all of the model's weights, in torch's fused form (one pass over all of them) where the
    device has it.

    The rate of a parameter group is the learning rate, times its `share` if it has one. Raises ConfigError.
    """
    must_have_optimizer(settings.name)
    return OPTIMIZERS[settings.name](model, settings, device.type in ("cpu", "cuda"))
