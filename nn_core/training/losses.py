"""Losses: name → goal → function (outputs, targets, settings of the loss by name) → mean loss.

To classify, outputs are logits [count, classes] and targets are labels [count]; with `reduction="none"` the result is the loss of
each sample [count]. To reconstruct, both are pixels from 0 to 1, [count, channels, height, width]. For a regression, outputs are
[count, 1] and targets are values [count].
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nn_core.config.losses import WeightedLossSettings
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.settings import Section
from nn_core.task import Goal

__all__ = [
    "LOSSES",
    "LossFunction",
    "WeightPenalty",
    "build_loss",
    "compute_class_weights",
    "has_class_weights",
    "list_losses",
    "weigh_classes",
]

LossFunction = Callable[[Tensor, Tensor], Tensor]


def _nll(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    return F.nll_loss(F.log_softmax(logits, dim=1), labels, reduction=reduction)


def _brier(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    """Squared distance of the probabilities from the correct answer, summed over the classes (Brier, 1950)."""
    targets = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return _reduce((logits.softmax(dim=1) - targets).square().sum(dim=1), reduction)


def _multi_margin(logits: Tensor, labels: Tensor, margin: float, reduction: str = "mean") -> Tensor:
    """Sum of how far each wrong class violates the margin, divided by the number of classes (Weston and Watkins, 1999).

    Equal to torch's multi_margin_loss, which not every device supports.
    """
    columns = labels.unsqueeze(1)
    violations = (logits - logits.gather(1, columns) + margin).relu().scatter(1, columns, 0.0)
    return _reduce(violations.sum(dim=1), reduction) / logits.shape[1]


def _on_values(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Make a loss of values [count] from one of torch."""

    @wraps(loss)
    def compare(outputs: Tensor, values: Tensor, **arguments: float) -> Tensor:
        precise = torch.promote_types(outputs.dtype, values.dtype)
        return loss(outputs.squeeze(1).to(precise), values.to(precise), **arguments)

    return compare


def _binary_cross_entropy(outputs: Tensor, pixels: Tensor) -> Tensor:
    """The targets are clamped because interpolation in `augment_batch` rounds some pixels to slightly above 1, which torch refuses."""
    return F.binary_cross_entropy(outputs, pixels.clamp(0, 1))


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    return losses.mean() if reduction == "mean" else losses


LOSSES: dict[str, dict[Goal, Callable[..., Tensor]]] = {
    "cross_entropy": {"classify": F.cross_entropy},
    "nll": {"classify": _nll},
    "mse": {"classify": _brier, "reconstruct": F.mse_loss, "regress": _on_values(F.mse_loss)},
    "mae": {"regress": _on_values(F.l1_loss)},
    "huber": {"regress": _on_values(F.huber_loss)},
    "multi_margin": {"classify": _multi_margin},
    "binary_cross_entropy": {"reconstruct": _binary_cross_entropy},
}


def list_losses(goal: Goal) -> list[str]:
    """List the names of the losses for a goal."""
    return [name for name, functions in LOSSES.items() if goal in functions]


def build_loss(settings: Section, goal: Goal, *, reduction: Literal["mean", "none"] = "mean") -> LossFunction:
    """Build the loss function, without class weights. Raises ConfigError for a loss that does not fit the goal."""
    arguments = settings.model_dump(exclude={"class_weights"})
    name = arguments.pop("name")
    if goal not in LOSSES[name]:
        messages: dict[Goal, str] = {
            "classify": _(
                "loss.name = '{name}' compares numbers or pictures, but this network classifies. Choose one of: {names}."
            ),
            "reconstruct": _(
                "loss.name = '{name}' is not for pictures, but this network reconstructs pictures. Choose one of: {names}."
            ),
            "regress": _(
                "loss.name = '{name}' is not for numbers, but this network predicts a number. Choose one of: {names}."
            ),
        }
        raise ConfigError(messages[goal].format(name=name, names=", ".join(list_losses(goal))))
    if goal != "classify" and has_class_weights(settings):
        raise ConfigError(
            _(
                "loss.class_weights = 'balanced' is for classification, and this network predicts no class. Set it to none."
            )
        )
    if reduction != "mean":
        arguments["reduction"] = reduction
    return partial(LOSSES[name][goal], **arguments)


def has_class_weights(settings: Section) -> bool:
    """Return whether the loss weighs the classes."""
    return isinstance(settings, WeightedLossSettings) and settings.class_weights == "balanced"


def compute_class_weights(labels: Tensor, classes: int) -> Tensor:
    """Compute the balanced weights n / (k · count) of the k classes that occur, float32 [classes]; 0 for the others.

    Their mean over the samples is 1. Source: King and Zeng, "Logistic regression in rare events data", 2001, as in scikit-learn.

    Args:
        labels: int64 [n], of the training samples.
        classes: the number of classes.
    """
    counts = labels.bincount(minlength=classes)
    weights = len(labels) / ((counts > 0).sum() * counts.clamp(min=1))
    return (weights * (counts > 0)).float()


def weigh_classes(loss: LossFunction, weights: Tensor) -> LossFunction:
    """Return the mean of a classification loss over the samples, each times the weight of its class.

    It divides by the number of samples and not by the sum of their weights. Thus, a rare class does not count less in a batch
    that has many of it, and several processes that share a batch compute the same gradients as one.

    Args:
        loss: a result of `build_loss` with the reduction "none".
        weights: of each class, float32 [classes].
    """

    def weighted(logits: Tensor, labels: Tensor) -> Tensor:
        return (loss(logits, labels) * weights.index_select(0, labels)).mean()

    return weighted


class WeightPenalty:
    """The penalty l1 · Σ|w| + l2/2 · Σw² on a network's weights: all parameters with at least two dimensions, so neither biases nor
    the scales of normalisation.

    Its gradient is added to that of the loss after the backward pass. Thus, measured losses do not contain the penalty, and
    processes that share a batch add it once.
    """

    def __init__(self, model: nn.Module, l1: float, l2: float) -> None:
        self._l1, self._l2 = l1, l2
        self._weights: list[Tensor] = [parameter for parameter in model.parameters() if parameter.dim() > 1]

    @torch.no_grad()
    def add_gradients(self) -> None:
        """Add l1 · sign(w) + l2 · w to the gradient of each weight; 0 has the sign 0."""
        weights = [weight for weight in self._weights if weight.grad is not None]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        if not weights:
            return
        if self._l1:
            torch._foreach_add_(gradients, torch._foreach_sign(weights), alpha=self._l1)
        if self._l2:
            torch._foreach_add_(gradients, weights, alpha=self._l2)
