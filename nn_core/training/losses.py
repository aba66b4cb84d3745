"""Losses: name → goal → builder of a function (outputs, targets) → mean loss.

To classify, outputs are logits [count, classes] and targets are labels [count]. To reconstruct, both are pixels from 0 to 1,
[count, channels, height, width].
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
        """Squared distance of the probabilities from the correct answer, summed over the classes (Brier, 1950)."""
        targets = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return (logits.softmax(dim=1) - targets).square().sum(dim=1).mean()

    return brier


def _multi_margin(settings: MultiMarginSettings) -> LossFunction:
    def multi_margin(logits: Tensor, labels: Tensor) -> Tensor:
        """Sum of how far each wrong class violates the margin, divided by the number of classes (Weston and Watkins, 1999).

        Equal to torch's multi_margin_loss, which not every device supports.
        """
        columns = labels.unsqueeze(1)
        violations = (logits - logits.gather(1, columns) + settings.margin).relu().scatter(1, columns, 0.0)
        return violations.sum(dim=1).mean() / logits.shape[1]

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
    """List the names of the losses for a goal."""
    return [name for name, builders in LOSSES.items() if goal in builders]


def build_loss(settings: Any, goal: Goal) -> LossFunction:
    """Build the loss function. Raises ConfigError for a loss that does not fit the goal."""
    name = settings.name
    if goal not in LOSSES[name]:
        messages: dict[Goal, str] = {
            "classify": _(
                "loss.name = '{name}' compares pictures, but this network classifies. Choose one of: {names}."
            ),
            "reconstruct": _(
                "loss.name = '{name}' is for classification, but this network reconstructs pictures. Choose one of: {names}."
            ),
        }
        raise ConfigError(messages[goal].format(name=name, names=", ".join(list_losses(goal))))
    return LOSSES[name][goal](settings)
