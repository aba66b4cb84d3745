"""The gradient of one weight as the sum that the chain rule gives.

A weight acts on several outputs of its layer: at every position of a picture, every letter or every step in time. Its gradient is the
sum over all of them of (gradient of the output) × (how strongly the output depends on the weight). Everything here is in double
precision, so that the sum agrees with autograd to many digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nn_core.backprop.finite_difference import DoubleNetwork
from nn_core.backprop.unroll import GateUse, unroll_recurrent
from nn_core.i18n import N_
from nn_core.runs.requests import check_weight_index

if TYPE_CHECKING:
    from nn_core.backprop.example import Example
    from nn_core.training.losses import LossFunction

__all__ = ["Term", "WeightGradient", "explain_weight", "name_weight_axes"]


@dataclass(frozen=True)
class Term:
    """One place where a weight acts.

    Attributes:
        place: the output that it acts on, such as (("row", 3), ("column", 5)); counted from 1.
        gradient: of the loss with respect to this output.
        factor: how much this output changes if the weight grows by 1: the input at this place, or 1 for a bias.
    """

    place: tuple[tuple[str, int], ...]
    gradient: float
    factor: float

    @property
    def product(self) -> float:
        return self.gradient * self.factor


@dataclass(frozen=True)
class WeightGradient:
    """The gradient of one weight.

    Attributes:
        name: of its parameter.
        index: its place in the parameter.
        value: the weight.
        gradient: autograd's, in float32 as in training.
        gradient_double: autograd's, in double precision.
        terms: what the gradient is the sum of, largest first; those that are 0 are left out.
        zero_terms: how many are left out.
        finite_difference: the gradient as two losses say, in double precision.
        factor: what `Term.factor` is.
    """

    name: str
    index: tuple[int, ...]
    value: float
    gradient: float
    gradient_double: float
    terms: tuple[Term, ...]
    zero_terms: int
    finite_difference: float
    factor: str

    @property
    def total(self) -> float:
        """The sum of all terms."""
        return sum(term.product for term in reversed(self.terms))


_INPUT, _NORMALISED, _ONE, _MEMORY = N_("input"), N_("normalised input"), N_("1"), N_("memory before the step")
_UNIT, _GATE_ROW, _MEMORY_UNIT = N_("unit"), N_("gate row"), N_("memory unit")
_ROW, _COLUMN, _PLACE = N_("row"), N_("column"), N_("place")
_SPACES = {1: (N_("position"),), 2: (_ROW, _COLUMN)}


def explain_weight(
    model: nn.Module, example: Example, loss: LossFunction, name: str, index: tuple[int, ...], gradient: Tensor | None
) -> WeightGradient:
    """Split the gradient of one weight into its terms.

    Args:
        name: of the parameter.
        index: of the weight.
        gradient: autograd's of the whole parameter, in float32; None if it has none.

    Raises:
        ConfigError: there is no such weight.
    """
    network = DoubleNetwork(model, example, loss)
    check_weight_index({each: tuple(parameter.shape) for each, parameter in network.parameters.items()}, name, index)
    path, _dot, key = name.rpartition(".")
    owner = network.model.get_submodule(path)
    network.freeze_all_but(owner)
    one_weight = torch.zeros_like(network.parameters[name])
    one_weight[index] = 1
    finite_difference = network.differentiate(name, one_weight)
    exact = network.compute_gradients().get(name)
    gradient_double = 0.0 if exact is None else exact[index].item()
    places: list[Term] = []
    factor = _ONE
    if isinstance(owner, nn.RNNBase) and exact is not None:
        places, factor = _split_recurrent(network, owner, key, index)
    elif list(owner.children()) and exact is not None:
        # A parameter of a whole block is added to its tokens as it is.
        places = [Term((), gradient_double, 1.0)]
    elif exact is not None:
        places, factor = _split_layer(network, owner, key, one_weight)
    terms = sorted((term for term in places if term.product), key=lambda term: -abs(term.product))
    return WeightGradient(
        name=name,
        index=index,
        value=network.parameters[name][index].item(),
        gradient=0.0 if gradient is None else gradient[index].item(),
        gradient_double=gradient_double,
        terms=tuple(terms),
        zero_terms=len(places) - len(terms),
        finite_difference=finite_difference,
        factor=factor,
    )


def _split_layer(network: DoubleNetwork, owner: nn.Module, key: str, one_weight: Tensor) -> tuple[list[Term], str]:
    """Split the gradient for a layer whose outputs depend on its parameters linearly."""
    used: list[tuple[tuple[Tensor, ...], Tensor]] = []

    def watch(_module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        output.retain_grad()
        used.append((arguments, output))

    hook = owner.register_forward_hook(watch)
    with torch.inference_mode(False), torch.enable_grad():
        network.compute_loss().backward()
    hook.remove()
    parameter = owner.get_parameter(key).detach()
    terms = []
    for arguments, output in used:
        assert output.grad is not None
        compute = partial(_run_with, owner, key, tuple(each.detach() for each in arguments))
        with torch.no_grad():
            # Exact except for rounding, because the layer is linear in its parameters.
            slopes = compute(parameter + one_weight) - compute(parameter - one_weight)
        slopes = torch.where(slopes.abs() > 1e-12 * (1 + output.detach().abs()), slopes / 2, 0)
        axes = _name_axes(owner, output.dim())
        for place in slopes.nonzero().tolist():
            where = tuple((axis, each + 1) for axis, each in zip(axes, place, strict=True) if axis)
            terms.append(Term(where, output.grad[tuple(place)].item(), slopes[tuple(place)].item()))
    return terms, _name_factor(owner, key)


def _run_with(owner: nn.Module, key: str, arguments: tuple[Tensor, ...], parameter: Tensor) -> Tensor:
    result: Tensor = torch.func.functional_call(owner, {key: parameter}, arguments)
    return result


def _name_factor(owner: nn.Module, key: str) -> str:
    if key == "bias" or isinstance(owner, nn.Embedding):
        return _ONE
    return _NORMALISED if isinstance(owner, nn.LayerNorm | nn.modules.batchnorm._BatchNorm) else _INPUT


def _name_axes(owner: nn.Module, dimensions: int) -> tuple[str, ...]:
    """Name the dimensions of a layer's output; "" for the batch."""
    spatial: tuple[str, ...]
    if isinstance(owner, nn.Linear | nn.Embedding | nn.LayerNorm):
        spatial = ("", *[N_("token")] * (dimensions - 2), N_("neuron"))
    else:
        spatial = ("", N_("channel"), *((N_("row"), N_("column")) if dimensions == 4 else (N_("position"),)))
    return spatial[:dimensions]


def _split_recurrent(
    network: DoubleNetwork, owner: nn.RNNBase, key: str, index: tuple[int, ...]
) -> tuple[list[Term], str]:
    """Split the gradient over the steps in time (backpropagation through time)."""
    uses: dict[str, list[GateUse]] = {}
    owner.forward = partial(unroll_recurrent, owner, uses)
    with torch.inference_mode(False), torch.enable_grad():
        network.compute_loss().backward()
    terms = []
    for use in uses[key]:
        gradient = use.gates.grad
        row, is_bias = index[0], len(index) == 1
        factor = 1.0 if is_bias else use.inputs[0, index[1]].item()
        terms.append(Term(((N_("step"), use.step + 1),), 0.0 if gradient is None else gradient[0, row].item(), factor))
    return terms, _ONE if key.startswith("bias") else _INPUT if "_ih_" in key else _MEMORY


def name_weight_axes(model: nn.Module, name: str) -> tuple[str, ...]:
    """Name each dimension of a parameter, untranslated. name: of the parameter, such as "0.weight"."""
    path, _dot, key = name.rpartition(".")
    owner, dimensions = model.get_submodule(path), model.get_parameter(name).dim()
    if isinstance(owner, nn.modules.conv._ConvNd):
        pair = (_INPUT, _UNIT) if owner.transposed else (_UNIT, _INPUT)
        return (_UNIT,) if dimensions == 1 else (*pair, *_SPACES.get(dimensions - 2, (_PLACE,) * (dimensions - 2)))
    if isinstance(owner, nn.RNNBase):
        row = _GATE_ROW if owner.mode in ("LSTM", "GRU") else _UNIT
        return (row,) if dimensions == 1 else (row, _MEMORY_UNIT if "_hh_" in key else _INPUT)
    if isinstance(owner, nn.Embedding):
        return (_ROW, _COLUMN)
    if dimensions == 1:
        return (_UNIT,)
    return (_UNIT, _INPUT) if dimensions == 2 and "weight" in key else (_PLACE,) * dimensions
