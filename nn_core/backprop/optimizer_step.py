"""One step of the run's optimizer for one example: which weights move, and what that does to the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nn_core.backprop.trace import copy_network
from nn_core.dynamo_workaround import get_plain_step, skip_compiler_import
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.training.losses import WeightPenalty
from nn_core.training.optimizers import LR_SCALE, build_optimizer

if TYPE_CHECKING:
    from nn_core.backprop.example import Example
    from nn_core.inference import TrainedNetwork
    from nn_core.training.losses import LossFunction

__all__ = ["Move", "OptimizerStep", "check_learning_rate", "take_optimizer_step"]


@dataclass(frozen=True)
class Move:
    """How a step changes one parameter.

    Attributes:
        moved: how many of its weights have changed.
        count: how many it has.
        update_norm: the length of the change.
        weight_norm: the length of the parameter before.
        index: of the weight that moved most.
        before, after: that weight.
    """

    moved: int
    count: int
    update_norm: float
    weight_norm: float
    index: tuple[int, ...]
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class OptimizerStep:
    """A step. Losses and outputs are those of the example in evaluation mode.

    Attributes:
        clipped: by which the gradients were multiplied because they were longer than `training.clip_norm`; 1 if they were not.
        moves: by parameter.
    """

    optimizer: str
    lr: float
    clipped: float
    loss_before: float
    loss_after: float
    outputs_before: Tensor
    outputs_after: Tensor
    moves: dict[str, Move]


def take_optimizer_step(
    network: TrainedNetwork, example: Example, loss: LossFunction, lr: float | None = None
) -> OptimizerStep:
    """Take a step on a copy of the network.

    The optimizer is that of the run, with its settings. It begins without a memory of earlier steps, as at the first step of training,
    because the best weights are saved without one.

    Args:
        lr: the learning rate; by default that of the run's settings, without its schedule.

    Raises:
        BadInput: the learning rate is not positive.
    """
    config = network.config
    lr = config.optimizer.lr if lr is None else lr
    check_learning_rate(lr, config.optimizer.lr)
    model = copy_network(network.model)
    skip_compiler_import()
    with torch.inference_mode(False), torch.enable_grad():
        optimizer = build_optimizer(model, config.optimizer, network.device)
        for group in optimizer.param_groups:
            group["lr"] = lr * group.get(LR_SCALE, 1.0)
        outputs = model(example.inputs)
        value = loss(outputs, example.target)
        value.backward()
        # Like the training loop; the gradients of the graph are those of the loss alone.
        WeightPenalty(model, config.training.l1, config.training.l2).add_gradients()
        before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        clipped = 1.0
        if config.training.clip_norm:
            norm = nn.utils.clip_grad_norm_(model.parameters(), config.training.clip_norm).item()
            clipped = min(1.0, config.training.clip_norm / (norm + 1e-6))
        get_plain_step(optimizer)()
    with torch.no_grad():
        after = model(example.inputs)
        loss_after = loss(after, example.target)
    return OptimizerStep(
        optimizer=config.optimizer.name,
        lr=lr,
        clipped=clipped,
        loss_before=value.item(),
        loss_after=loss_after.item(),
        outputs_before=outputs.detach(),
        outputs_after=after,
        moves={name: _measure_move(before[name], parameter.detach()) for name, parameter in model.named_parameters()},
    )


def check_learning_rate(lr: float, usual: float) -> None:
    """Raise BadInput if a learning rate is not positive or above 100. usual: the one that the error recommends."""
    if not 0 < lr <= 100:
        raise BadInput(
            _("The learning rate {lr:g} is not between 0 and 100. Choose a number such as {better:g}.").format(
                lr=lr, better=usual
            )
        )


def _measure_move(before: Tensor, after: Tensor) -> Move:
    change = after - before
    index = tuple(int(each) for each in torch.unravel_index(change.abs().argmax(), change.shape))
    return Move(
        moved=int(change.count_nonzero()),
        count=change.numel(),
        update_norm=change.norm().item(),
        weight_norm=before.norm().item(),
        index=index,
        before=before[index].item(),
        after=after[index].item(),
    )
