"""Losses: name → goal → function (outputs, targets, settings of the loss by name) → mean loss.

To classify, outputs are logits [count, classes] and targets are labels [count]. To reconstruct, both are pixels from 0 to 1,
[count, channels, height, width].
"""

from collections.abc import Callable
from functools import partial

import torch.nn.functional as F
from torch import Tensor

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.settings import Section
from nn_core.task import Goal

__all__ = ["LOSSES", "LossFunction", "build_loss", "list_losses"]

LossFunction = Callable[[Tensor, Tensor], Tensor]


def _nll(logits: Tensor, labels: Tensor) -> Tensor:
    return F.nll_loss(F.log_softmax(logits, dim=1), labels)


def _brier(logits: Tensor, labels: Tensor) -> Tensor:
    """Squared distance of the probabilities from the correct answer, summed over the classes (Brier, 1950)."""
    targets = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return (logits.softmax(dim=1) - targets).square().sum(dim=1).mean()


def _multi_margin(logits: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Sum of how far each wrong class violates the margin, divided by the number of classes (Weston and Watkins, 1999).

    Equal to torch's multi_margin_loss, which not every device supports.
    """
    columns = labels.unsqueeze(1)
    violations = (logits - logits.gather(1, columns) + margin).relu().scatter(1, columns, 0.0)
    return violations.sum(dim=1).mean() / logits.shape[1]


LOSSES: dict[str, dict[Goal, Callable[..., Tensor]]] = {
    "cross_entropy": {"classify": F.cross_entropy},
    "nll": {"classify": _nll},
    "mse": {"classify": _brier, "reconstruct": F.mse_loss},
    "multi_margin": {"classify": _multi_margin},
    "binary_cross_entropy": {"reconstruct": F.binary_cross_entropy},
}


def list_losses(goal: Goal) -> list[str]:
    """List the names of the losses for a goal."""
    return [name for name, functions in LOSSES.items() if goal in functions]


def build_loss(settings: Section, goal: Goal) -> LossFunction:
    """Build the loss function. Raises ConfigError for a loss that does not fit the goal."""
    arguments = settings.model_dump()
    name = arguments.pop("name")
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
    return partial(LOSSES[name][goal], **arguments)
