"""Each loss function as a whole: what it says, its formula, and its gradient with respect to the network's outputs.

The loss consists of several operations. This is what they amount to; x are the outputs of the network, t is the target, and the
gradient that arrives at the loss is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nn_core.backprop.operations import Operation
from nn_core.config.losses import CrossEntropySettings
from nn_core.i18n import N_, _
from nn_core.task import Goal

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["compute_cross_entropy", "describe_loss", "get_label_smoothing"]

_CROSS_ENTROPY = Operation(
    N_(
        "Turns the outputs into probabilities with softmax. The loss is minus the logarithm of that of the correct class."
    ),
    "L = −Σ t · log softmax(x)",
    N_("∂x = softmax(x) − t;  t is 1 for the correct class, and 0 for the others"),
)
_SMOOTHED = Operation(
    N_(
        "Turns the outputs into probabilities with softmax and compares them with a target that is not fully certain, which is "
        "label smoothing: the loss is not 0 even for a perfect answer."
    ),
    "L = −Σ t · log softmax(x)",
    N_("∂x = softmax(x) − t;  t is {right:.4g} for the correct class, and {wrong:.4g} for the others"),
)
_WEIGHTED = (
    ("∂x = softmax(x) − t", "∂x = v · (softmax(x) − t)"),
    ("∂x = p ⊙", "∂x = v · p ⊙"),
    ("= 1 / n", "= v / n"),
)
"""What class weights change in a rule."""
_SQUARES = Operation(N_("The mean squared difference from the target."), "L = Σ (x − t)² / n", "∂x = 2 · (x − t) / n")
_BY_GOAL: dict[tuple[str, Goal], Operation] = {
    ("cross_entropy", "classify"): _CROSS_ENTROPY,
    ("nll", "classify"): _CROSS_ENTROPY,
    ("mse", "classify"): Operation(
        N_("The squared distance of the probabilities from the target: the Brier score."),
        "L = Σ (p − t)²,  p = softmax(x)",
        N_("∂x = p ⊙ (d − Σ d ⊙ p), where d = 2 · (p − t);  t is 1 for the correct class, and 0 for the others"),
    ),
    ("multi_margin", "classify"): Operation(
        N_(
            "How far the correct class fails to lead each other class by the margin m, divided by the number of classes."
        ),
        N_("L = Σ max(0, m − x[t] + x[j]) / n over the other classes j"),
        N_("∂x[j] = 1 / n where the lead is too small, and 0 elsewhere;  ∂x[t] = −Σ ∂x[j]"),
    ),
    ("mse", "regress"): _SQUARES,
    ("mse", "reconstruct"): _SQUARES,
    ("mae", "regress"): Operation(N_("The distance from the target."), "L = |x − t|", "∂x = sign(x − t)"),
    ("huber", "regress"): Operation(
        N_("Squared for small differences from the target, linear for large ones."),
        "L = (x − t)² / 2,  or δ · (|x − t| − δ / 2)",
        N_("∂x = x − t, limited to −δ … δ"),
    ),
    ("binary_cross_entropy", "reconstruct"): Operation(
        N_("How improbable the target's pixels are."),
        "L = −Σ (t · log x + (1 − t) · log(1 − x)) / n",
        "∂x = (x − t) / (x · (1 − x) · n)",
    ),
}


def describe_loss(network: TrainedNetwork, *, is_weighted: bool) -> Operation | None:
    """Describe the loss of a network's training in the user's language; None for a loss that is not known here.

    Args:
        network: its config has the settings of the loss.
        is_weighted: whether the loss is multiplied by the weight of the correct class.
    """
    found = _BY_GOAL.get((network.config.loss.name, network.goal))
    smoothing = get_label_smoothing(network)
    if found is None:
        return None
    if smoothing:
        found = _SMOOTHED
    about, formula, rule = _(found.about), _(found.formula), _(found.rule)
    if smoothing:
        wrong = smoothing / len(network.spec.classes)
        rule = rule.format(right=1 - smoothing + wrong, wrong=wrong)
    if is_weighted:
        about += " " + _("The result is multiplied by v, the weight of the correct class.")
        formula = formula.replace("L = −Σ", "L = −v · Σ").replace("L = Σ", "L = v · Σ")
        for plain, weighted in _WEIGHTED:
            rule = rule.replace(plain, weighted)
    return Operation(about, formula, rule)


def get_label_smoothing(network: TrainedNetwork) -> float:
    """Return the label smoothing of the training; 0 for none."""
    loss = network.config.loss
    return loss.label_smoothing if isinstance(loss, CrossEntropySettings) and network.goal == "classify" else 0.0


def compute_cross_entropy(outputs: Tensor, label: int) -> float:
    """Compute the cross-entropy alone, without label smoothing and class weights.

    Args:
        outputs: logits [1, classes].
        label: the correct class.
    """
    return -float(outputs.double().log_softmax(dim=1)[0, label])
