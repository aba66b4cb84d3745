"""Losses: name → builder of a function (outputs, targets) → mean loss, for what a network is to do.

Where it classifies, outputs are logits [count, classes] and targets labels [count]; where it reconstructs, both are pixels
from 0 to 1, [count, channels, height, width].
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from nn_core.config.losses import (
    BinaryCrossEntropySettings,
    CrossEntropySettings,
    MSESettings,
    MultiMarginSettings,
    NLLSettings,
)
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.task import Goal

__all__ = ["LOSSES", "LossFunction", "build_loss", "list_losses"]

LossFunction = Callable[[Tensor, Tensor], Tensor]


def _cross_entropy(settings: CrossEntropySettings) -> LossFunction:
    return partial(F.cross_entropy, label_smoothing=settings.label_smoothing)


def _nll(_settings: NLLSettings) -> LossFunction:
    return lambda logits, labels: F.nll_loss(F.log_softmax(logits, dim=1), labels)


def _brier(_settings: MSESettings) -> LossFunction:
    def brier(logits: Tensor, labels: Tensor) -> Tensor:
        """The squared distance of the probabilities from the right answer, summed over the classes (Brier, 1950)."""
        right = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return (logits.softmax(dim=1) - right).square().sum(dim=1).mean()

    return brier


def _multi_margin(settings: MultiMarginSettings) -> LossFunction:
    def multi_margin(logits: Tensor, labels: Tensor) -> Tensor:
        """What each wrong class lacks to the margin, summed and divided by the number of classes (Weston and Watkins, 1999);
        as torch's multi_margin_loss, which not every device has."""
        right = labels.unsqueeze(1)
        lacking = (logits - logits.gather(1, right) + settings.margin).relu().scatter(1, right, 0.0)
        return lacking.sum(dim=1).mean() / logits.shape[1]

    return multi_margin


def _squared_error(_settings: MSESettings) -> LossFunction:
    return F.mse_loss


def _binary_cross_entropy(_settings: BinaryCrossEntropySettings) -> LossFunction:
    return F.binary_cross_entropy


LOSSES: dict[str, dict[Goal, Callable[[Any], LossFunction]]] = {
    "cross_entropy": {"classify": _cross_entropy},
    "nll": {"classify": _nll},
    "mse": {"classify": _brier, "reconstruct": _squared_error},
    "multi_margin": {"classify": _multi_margin},
    "binary_cross_entropy": {"reconstruct": _binary_cross_entropy},
}


def list_losses(goal: Goal) -> list[str]:
    """The names of the losses that suit the goal."""
    return [name for name, builders in LOSSES.items() if goal in builders]


def build_loss(settings: Any, goal: Goal) -> LossFunction:
    """Raises ConfigError for a loss that does not suit the goal."""
    name = settings.name
    if goal not in LOSSES[name]:
        sentences: dict[Goal, str] = {
            "classify": _(
                "loss.name = '{name}' compares pictures, and this network tells classes apart. Choose one of: {names}."
            ),
            "reconstruct": _(
                "loss.name = '{name}' judges how classes are separated, and this network gives pictures back. "
                "Choose one of: {names}."
            ),
        }
        raise ConfigError(sentences[goal].format(name=name, names=", ".join(list_losses(goal))))
    return LOSSES[name][goal](settings)
