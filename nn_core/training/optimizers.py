"""Optimizers: name → builder."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.nn import Parameter

from nn_core.config.optimizers import AdamSettings, AdamWSettings, SGDSettings

__all__ = ["OPTIMIZERS", "build_optimizer"]

Parameters = Iterable[Parameter]


def _sgd(parameters: Parameters, settings: SGDSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters,
        lr=settings.lr,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
        weight_decay=settings.weight_decay,
        fused=fused,
    )


def _adam(parameters: Parameters, settings: AdamSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=settings.lr, weight_decay=settings.weight_decay, fused=fused)


def _adamw(parameters: Parameters, settings: AdamWSettings, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=settings.lr, weight_decay=settings.weight_decay, fused=fused)


OPTIMIZERS: dict[str, Callable[[Parameters, Any, bool], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
}


def build_optimizer(parameters: Parameters, settings: Any, device: torch.device) -> torch.optim.Optimizer:
    """The optimizer, in torch's fused form (one pass over all weights) where the device has it."""
    return OPTIMIZERS[settings.name](parameters, settings, device.type in ("cpu", "cuda"))
