"""Losses: name → builder of a function (logits [count, classes], labels [count]) → mean loss."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from nn_core.config.sections import CrossEntropySettings, LossSettings, MSESettings

__all__ = ["LOSSES", "LossFunction", "build_loss"]

LossFunction = Callable[[Tensor, Tensor], Tensor]


def _cross_entropy(settings: CrossEntropySettings) -> LossFunction:
    return partial(F.cross_entropy, label_smoothing=settings.label_smoothing)


def _mse(_settings: MSESettings) -> LossFunction:
    def brier(logits: Tensor, labels: Tensor) -> Tensor:
        """The squared distance of the probabilities from the right answer, summed over the classes (Brier, 1950)."""
        right = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return (logits.softmax(dim=1) - right).square().sum(dim=1).mean()

    return brier


LOSSES: dict[str, Callable[[Any], LossFunction]] = {"cross_entropy": _cross_entropy, "mse": _mse}


def build_loss(settings: LossSettings) -> LossFunction:
    return LOSSES[settings.name](settings)
