"""Optimizers: name → builder."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import Parameter

from nn_core.config.optimizers import (
    OPTIMIZER_SETTINGS,
    AdagradSettings,
    AdamSettings,
    AdamWSettings,
    MuonSettings,
    RMSpropSettings,
    SGDSettings,
)
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.training.muon import MuonWithAdamW, has_muon, hidden_matrices

__all__ = ["OPTIMIZERS", "build_optimizer", "must_have_optimizer"]


def _all_of(model: nn.Module) -> list[Parameter]:
    return list(model.parameters())


def _sgd(model: nn.Module, settings: SGDSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        _all_of(model),
        lr=settings.lr,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


def _adam(model: nn.Module, settings: AdamSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        _all_of(model),
        lr=settings.lr,
        betas=(settings.beta1, settings.beta2),
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


def _adamw(model: nn.Module, settings: AdamWSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        _all_of(model),
        lr=settings.lr,
        betas=(settings.beta1, settings.beta2),
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


def _rmsprop(model: nn.Module, settings: RMSpropSettings, _fused: bool) -> torch.optim.Optimizer:
    """(Hinton, 2012.) Torch has no fused form of it."""
    return torch.optim.RMSprop(
        _all_of(model),
        lr=settings.lr,
        alpha=settings.alpha,
        eps=settings.eps,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        foreach=True,
    )


def _adagrad(model: nn.Module, settings: AdagradSettings, fused: bool) -> torch.optim.Optimizer:
    """(Duchi, Hazan and Singer, 2011.)"""
    return torch.optim.Adagrad(
        _all_of(model),
        lr=settings.lr,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


def _muon(model: nn.Module, settings: MuonSettings, fused: bool) -> torch.optim.Optimizer:
    matrices = hidden_matrices(model)
    taken = {id(matrix) for matrix in matrices}
    others = [parameter for parameter in _all_of(model) if id(parameter) not in taken]
    return MuonWithAdamW(
        matrices,
        others,
        lr=settings.lr,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
        adamw_share=settings.adamw_share,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


OPTIMIZERS: dict[str, Callable[[nn.Module, Any, bool], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
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
