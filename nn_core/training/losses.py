"""Losses: name → builder of a function (outputs, targets) → mean loss, for what a network is to do.

Where it classifies, outputs are logits [count, classes] and targets labels [count]; where it reconstructs, both are pixels
from 0 to 1, [count, channels, height, width].
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from nn_core.config.losses import CrossEntropySettings, MSESettings
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.problem import Goal

__all__ = ["LOSSES", "LossFunction", "build_loss", "losses_for"]

LossFunction = Callable[[Tensor, Tensor], Tensor]


def _cross_entropy(settings: CrossEntropySettings) -> LossFunction:
    return partial(F.cross_entropy, label_smoothing=settings.label_smoothing)


def _brier(_settings: MSESettings) -> LossFunction:
    def brier(logits: Tensor, labels: Tensor) -> Tensor:
        """The squared distance of the probabilities from the right answer, summed over the classes (Brier, 1950)."""
        right = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return (logits.softmax(dim=1) - right).square().sum(dim=1).mean()

    return brier


def _squared_error(_settings: MSESettings) -> LossFunction:
    return F.mse_loss


LOSSES: dict[str, dict[Goal, Callable[[Any], LossFunction]]] = {
    "cross_entropy": {"classify": _cross_entropy},
    "mse": {"classify": _brier, "reconstruct": _squared_error},
}


def losses_for(goal: Goal) -> list[str]:
    """The names of the losses that suit the goal."""
    return [name for name, builders in LOSSES.items() if goal in builders]


def build_loss(settings: Any, goal: Goal) -> LossFunction:
    """Raises ConfigError for a loss that does not suit the goal."""
    name = settings.name
    if goal not in LOSSES[name]:
        raise ConfigError(
            _("Loss '{name}' does not suit a network that is to {goal}. Choose one of: {names}.").format(
                name=name, goal=goal, names=", ".join(losses_for(goal))
            )
        )
    return LOSSES[name][goal](settings)
