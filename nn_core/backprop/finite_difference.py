"""Confirms gradients without autograd: changes a weight a little and looks how the loss changes, in double precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nn_core.backprop.trace import copy_network

if TYPE_CHECKING:
    from nn_core.backprop.example import Example
    from nn_core.training.losses import LossFunction

__all__ = ["METHOD", "TOLERANCE", "DoubleNetwork", "GradientCheck", "check_gradients"]

METHOD = "(loss(w + h·d) − loss(w − h·d)) / 2h"
"""d is the direction: one weight, or all weights of a parameter."""
TOLERANCE = 1e-6
"""The largest allowed difference, relative to the gradient where that is larger than 1."""
_STEPS = (1e-4, 1e-5, 1e-6, 1e-7)


@dataclass(frozen=True)
class GradientCheck:
    """What autograd and the finite difference say about one parameter, in double precision.

    Attributes:
        index: of the weight with the largest gradient.
        gradient: of that weight, from autograd.
        finite_difference: the same from two losses.
        along_all: from autograd: how the loss changes along a random direction of length 1 in which all weights of the parameter change.
        finite_difference_along_all: the same from two losses.
    """

    index: tuple[int, ...]
    gradient: float
    finite_difference: float
    along_all: float
    finite_difference_along_all: float

    @property
    def difference(self) -> float:
        """The larger of the two differences, relative to the gradient where that is larger than 1."""
        pairs = [(self.gradient, self.finite_difference), (self.along_all, self.finite_difference_along_all)]
        return max(abs(exact - measured) / max(1.0, abs(exact)) for exact, measured in pairs)


class DoubleNetwork:
    """A copy of a network in double precision, with its gradients for one example."""

    def __init__(self, model: nn.Module, example: Example, loss: LossFunction) -> None:
        self.model = copy_network(model).double()
        inputs = example.inputs
        self.inputs = inputs.double() if inputs.is_floating_point() else inputs
        self.target = example.target.double() if example.target.is_floating_point() else example.target
        self._loss = loss
        self.parameters = dict(self.model.named_parameters())
        self._frozen = _find_padding(self.model)

    def compute_loss(self) -> Tensor:
        """Run the example through the network."""
        loss: Tensor = self._loss(self.model(self.inputs), self.target)
        return loss

    def compute_gradients(self) -> dict[str, Tensor]:
        """Return autograd's gradients; parameters that do not reach the loss, or are frozen, are missing."""
        learned = {name: parameter for name, parameter in self.parameters.items() if parameter.requires_grad}
        with torch.inference_mode(False), torch.enable_grad():
            loss = self.compute_loss()
            if loss.grad_fn is None:
                return {}
            found = torch.autograd.grad(loss, list(learned.values()), allow_unused=True)
        return {name: each for name, each in zip(learned, found, strict=True) if each is not None}

    def freeze_all_but(self, module: nn.Module) -> None:
        """Compute gradients for the parameters of one module only, which needs less time and memory."""
        self.model.requires_grad_(False)
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_()

    @torch.no_grad()
    def differentiate(self, name: str, direction: Tensor) -> float:
        """Return how fast the loss changes along a direction, without autograd.

        A step that is too long sees the curve, one that is too short sees only rounding. So several lengths are tried, and the
        two neighbours that agree best decide. That does not use the gradient.
        """
        parameter = self.parameters[name]
        before = parameter.detach().clone()
        slopes = []
        for step in _STEPS:
            losses = []
            for sign in (1, -1):
                parameter.copy_(before + sign * step * direction)
                losses.append(self.compute_loss().item())
            slopes.append((losses[0] - losses[1]) / (2 * step))
        parameter.copy_(before)
        _difference, slope = min((abs(one - other), other) for one, other in pairwise(slopes))
        return slope

    def draw_direction(self, name: str, random: torch.Generator) -> Tensor:
        """Draw a random direction of length 1 over all weights of a parameter that training can change."""
        direction = torch.randn(self.parameters[name].shape, generator=random, dtype=torch.float64)
        if name in self._frozen:
            direction[self._frozen[name]] = 0
        length: Tensor = direction.norm().clamp(min=1e-12)
        return direction / length


def _find_padding(model: nn.Module) -> Mapping[str, int]:
    """Return the row of each embedding that pads short texts. Autograd keeps it at 0, although the loss would react to it."""
    return {
        f"{path}.weight" if path else "weight": module.padding_idx
        for path, module in model.named_modules()
        if isinstance(module, nn.Embedding) and module.padding_idx is not None
    }


def check_gradients(model: nn.Module, example: Example, loss: LossFunction) -> dict[str, GradientCheck]:
    """Compare each parameter's gradient with finite differences: its largest entry, and a random direction over all entries."""
    network = DoubleNetwork(model, example, loss)
    random = torch.Generator().manual_seed(0)
    checks = {}
    for name, gradient in network.compute_gradients().items():
        index = tuple(int(each) for each in torch.unravel_index(gradient.abs().argmax(), gradient.shape))
        one_weight = torch.zeros_like(gradient)
        one_weight[index] = 1
        direction = network.draw_direction(name, random)
        checks[name] = GradientCheck(
            index=index,
            gradient=gradient[index].item(),
            finite_difference=network.differentiate(name, one_weight),
            along_all=(gradient * direction).sum().item(),
            finite_difference_along_all=network.differentiate(name, direction),
        )
    return checks
