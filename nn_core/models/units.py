"""The units of a network: which modules are their activation functions, and which units are dead or saturated.

A unit is dead if the slope of its activation function is zero for every sample: a ReLU whose output is always 0. No gradient passes
through it, so it cannot learn any more. A value is saturated if the function is nearly flat there: its slope is less than a twentieth
of the largest slope, as at the ends of tanh and of the sigmoid.
"""

import torch
from torch import Tensor, nn

from nn_core.models.activations import ACTIVATIONS
from nn_core.models.formula.activation import FormulaActivation

__all__ = [
    "SATURATED_SLOPE",
    "can_die",
    "can_saturate",
    "compute_slopes",
    "count_saturated",
    "find_dead",
    "is_activation",
]

_ACTIVATIONS = (*(getattr(nn, name) for name in ACTIVATIONS.values() if hasattr(nn, name)), FormulaActivation)
_LARGEST_SLOPES: dict[type[nn.Module], float] = {nn.Tanh: 1.0, nn.Sigmoid: 0.25}
_DEAD_SLOPE = 1e-3  # a slope below this passes on nothing
SATURATED_SLOPE = 0.05
"""Of the largest slope; a smaller one is saturated."""


def is_activation(module: nn.Module) -> bool:
    """Whether the module is the activation function of units."""
    return isinstance(module, _ACTIVATIONS)


def can_saturate(module: nn.Module) -> bool:
    """Whether the activation function is flat on both sides."""
    return type(module) in _LARGEST_SLOPES


def can_die(module: nn.Module) -> bool:
    """Whether the activation function may be flat on one side."""
    return not can_saturate(module)


def compute_slopes(module: nn.Module, inputs: Tensor) -> Tensor:
    """Compute the absolute slope of the activation function at each input; the module's hooks do not run.

    It works inside `torch.inference_mode` too.
    """
    match module:  # the most frequent ones without autograd
        case nn.ReLU():
            return (inputs > 0).to(inputs.dtype)
        case nn.Tanh():
            return 1 - inputs.tanh().square()
        case nn.Sigmoid():
            outputs = inputs.sigmoid()
            return outputs * (1 - outputs)
    with torch.inference_mode(False), torch.enable_grad():
        values = inputs.detach().clone().requires_grad_()
        (slopes,) = torch.autograd.grad(type(module).forward(_copy_plain(module), values).sum(), values)
    return slopes.abs()


def _copy_plain(module: nn.Module) -> nn.Module:
    """Return the module with `inplace` off, because the values are still needed."""
    if getattr(module, "inplace", False):
        return type(module)()
    return module


def find_dead(slopes: Tensor, unit_dimension: int) -> Tensor:
    """Return which units are dead, bool [units]. slopes: absolute, of every sample and unit."""
    by_unit = slopes.movedim(unit_dimension, 0).flatten(1)
    return by_unit.amax(dim=1) < _DEAD_SLOPE


def count_saturated(module: nn.Module, slopes: Tensor) -> float:
    """Return the share of the values that are saturated, for a module that can be. slopes: absolute."""
    return (slopes < SATURATED_SLOPE * _LARGEST_SLOPES[type(module)]).float().mean().item()
