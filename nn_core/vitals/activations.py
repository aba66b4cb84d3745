"""What the units of a network answer to a fixed set of held-out examples: dead and saturated units, and the activations of a few."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor, nn

from nn_core.models.parts import CharacterConvolution
from nn_core.models.units import (
    SATURATED_SLOPE,
    can_saturate,
    compute_slopes,
    count_saturated,
    find_dead,
    is_activation,
)

__all__ = ["LayerUnits", "watch_units"]

_SATURATED_STATE = (1 - SATURATED_SLOPE) ** 0.5  # where the slope of tanh, 1 - tanh², is a twentieth
_NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)


@dataclass
class LayerUnits:
    """What the units of a layer answered.

    Attributes:
        dead: Which units are dead, bool [units]; None if its activation function cannot die, or if it has none.
        saturated: Share of the saturated values; None if its activation function cannot saturate.
        activations: Of the first examples, after the activation function, with the units in the dimension `unit_dimension`.
        followers: Classes of the norms and of the activation function that `activations` went through after the layer.
    """

    unit_dimension: int
    dead: Tensor | None = None
    saturated: float | None = None
    activations: Tensor | None = None
    followers: tuple[str, ...] = ()
    has_activation: bool = field(default=False, repr=False)
    norms: list[str] = field(default_factory=list, repr=False)

    @property
    def dead_share(self) -> float | None:
        return None if self.dead is None else self.dead.float().mean().item()


@contextmanager
def watch_units(model: nn.Module, kept: int, padding: Tensor | None = None) -> Iterator[Mapping[str, LayerUnits]]:
    """Watch the next forward pass; the layers with units are in the result afterwards, in the order of the computation.

    An activation belongs to the layer with weights that was computed last before it. The units of the last layer are the network's
    output, which may well be flat, so they are neither dead nor saturated.

    Args:
        model: The network, in evaluation mode.
        kept: Number of examples whose activations are kept.
        padding: Where a text has ended, bool [examples, letters]; recurrent layers are not judged there.
    """
    watched: dict[str, LayerUnits] = {}
    names = {module: name for name, module in model.named_modules()}
    implied = {
        search: nn.ReLU()
        for module in model.modules()
        if isinstance(module, CharacterConvolution)
        for search in module.searches
    }

    def add_layer(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        values = output[0] if isinstance(output, tuple) else output
        units = watched[names[module]] = LayerUnits(1 if isinstance(module, nn.modules.conv._ConvNd) else -1)
        units.activations = values[:kept]
        if isinstance(module, nn.RNNBase):
            units.saturated = _measure_states(values, padding)
        elif module in implied:
            _add_activation(units, implied[module], values, values.relu(), kept)

    def add_norm(module: nn.Module, _inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        if watched:
            list(watched.values())[-1].norms.append(type(module).__name__)

    def add_activation(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if watched:
            units = list(watched.values())[-1]
            if not units.has_activation:
                _add_activation(units, module, inputs[0], output, kept)

    hooks = []
    for module in names:
        if is_activation(module):
            hooks.append(module.register_forward_hook(add_activation))
        elif isinstance(module, _NORMS):
            hooks.append(module.register_forward_hook(add_norm))
        elif _has_units(module):
            hooks.append(module.register_forward_hook(add_layer))
    try:
        yield watched
    finally:
        for hook in hooks:
            hook.remove()
        if watched:
            last = list(watched.values())[-1]
            last.dead = last.saturated = None


def _has_units(module: nn.Module) -> bool:
    """Whether the module computes units from weights."""
    return (
        not list(module.children())
        and not isinstance(module, (*_NORMS, nn.Embedding))
        and any(parameter.dim() > 1 for parameter in module.parameters(recurse=False))
    )


def _add_activation(units: LayerUnits, function: nn.Module, inputs: Tensor, outputs: Tensor, kept: int) -> None:
    units.has_activation = True
    units.activations = outputs[:kept]
    units.followers = (*units.norms, type(function).__name__)
    slopes = compute_slopes(function, inputs)
    if can_saturate(function):
        units.saturated = count_saturated(function, slopes)
    else:
        units.dead = find_dead(slopes, units.unit_dimension)


def _measure_states(states: Tensor, padding: Tensor | None) -> float:
    """The share of the outputs of a recurrent layer, [examples, steps, units], that are at an end of their tanh."""
    is_saturated = states.abs() > _SATURATED_STATE
    if padding is not None and padding.shape == states.shape[:2]:
        is_saturated = is_saturated[~padding]
    share: float = is_saturated.float().mean().nan_to_num(0).item()  # not a number where all texts are empty
    return share
