"""The layers of a network that can be looked at, and what each of them computes for a batch of samples.

A layer is a convolution, a dense layer, a residual connection, an attention block or a recurrent reader. What follows it directly and
keeps its shape, such as batch norm and an activation function, belongs to it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from nn_core.data.transforms import normalize
from nn_core.errors import BadInput, describe_unknown
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts import (
    AttentionBlock,
    CharacterAttention,
    CharacterConvolution,
    CharacterReader,
    PatchAttention,
    Residual,
    RowReader,
    SelfAttention,
)

__all__ = [
    "Layer",
    "LayerKind",
    "LayerValues",
    "get_values",
    "list_layers",
    "record_layers",
    "run_to_layer",
    "to_maps",
]

LayerKind = Literal["convolution", "dense", "residual", "attention", "recurrent", "letters"]

_KINDS: dict[type[nn.Module], LayerKind] = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "convolution",
    nn.Linear: "dense",
    Residual: "residual",
    AttentionBlock: "attention",
    PatchAttention: "attention",
    CharacterAttention: "attention",
    RowReader: "recurrent",
    CharacterReader: "recurrent",
    CharacterConvolution: "letters",
}
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)
_NORM_NAMES = frozenset(norm.__name__ for norm in _NORMS)


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Attributes:
        name: the path of its module.
        kind: what it is.
        shape: units, height and width of its output; a unit of a dense layer is a map of one pixel.
        has_kernel: whether each output pixel is a weighted sum of input pixels plus a bias.
        followers: the class names of the modules that belong to it, such as "BatchNorm2d" and "ReLU".
    """

    name: str
    kind: LayerKind
    shape: tuple[int, int, int]
    has_kernel: bool
    followers: tuple[str, ...]

    @property
    def has_activation(self) -> bool:
        """Whether an activation function belongs to it."""
        return any(name not in _NORM_NAMES for name in self.followers)


@dataclass
class LayerValues:
    """What one layer computed for a batch.

    Attributes:
        module: of the layer.
        inputs: what the layer got.
        input_shape: the shape of one sample before it was flattened for a dense layer; None if it was not.
        output: of the layer's own module.
        response: after the norms that belong to the layer, before its activation function.
        activation: after everything that belongs to the layer.
        followers: the class names of what belongs to it.
    """

    module: nn.Module
    inputs: Tensor
    input_shape: tuple[int, ...] | None
    output: Tensor
    response: Tensor
    activation: Tensor
    followers: list[str] = field(default_factory=list)


def list_layers(network: TrainedNetwork) -> tuple[Layer, ...]:
    """List the layers in the order in which they compute."""
    example = torch.zeros(1, *network.spec.shape, device=network.device)
    if network.spec.kind == "text":
        example = example.long() + 1  # index 0 is padding
    with torch.inference_mode():
        recorded = record_layers(network, example)
    return tuple(
        Layer(
            name,
            _KINDS[type(values.module)],
            _get_map_shape(network, values.activation),
            isinstance(values.module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear),
            tuple(values.followers),
        )
        for name, values in recorded.items()
    )


def record_layers(network: TrainedNetwork, inputs: Tensor) -> dict[str, LayerValues]:
    """Run the network and return what each layer computes, by the layer's name, in the order of computation.

    Args:
        network: in evaluation mode.
        inputs: normalised samples on the network's device, [count, …]. With gradients enabled, the values can be differentiated.
    """
    with _recording(network.model) as recorded:
        network.model(inputs)
    return recorded


def run_to_layer(network: TrainedNetwork, stored: Tensor, name: str) -> LayerValues:
    """Return what the layer computes for stored samples, as in `Split.inputs`, without gradients.

    Raises:
        BadInput: the network has no layer of this name.
    """
    with torch.inference_mode():
        recorded = record_layers(network, normalize(stored.to(network.device), network.spec))
    return get_values(recorded, name)


def get_values(recorded: dict[str, LayerValues], name: str) -> LayerValues:
    """Raises BadInput for an unknown name."""
    if name not in recorded:
        raise BadInput(describe_unknown(_("layer"), name, recorded))
    return recorded[name]


@contextmanager
def _recording(model: nn.Module) -> Iterator[dict[str, LayerValues]]:
    """Collect the values of each layer while the model runs in this thread; other threads may run the same model."""
    recorded: dict[str, LayerValues] = {}
    names = {module: name for name, module in model.named_modules()}
    inner = {part for module in model.modules() if isinstance(module, SelfAttention) for part in module.modules()}
    ends: dict[int, LayerValues] = {}  # by the id of the tensor that a layer ends with so far
    flattened: dict[int, tuple[int, ...]] = {}  # the shape of a sample before it was flattened
    kept: list[Tensor] = []  # so that no id is used twice
    thread = threading.get_ident()

    def record(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        if threading.get_ident() != thread or not isinstance(output, Tensor):
            return
        before = arguments[0]
        kept.extend((before, output))
        if type(module) in _KINDS:
            shape = flattened.get(id(before))
            values = LayerValues(module, before, shape, output, output, output)
            recorded[names[module]] = ends[id(output)] = values
        elif isinstance(module, nn.Flatten) and before.dim() > 2:
            flattened[id(output)] = tuple(before.shape[1:])
        elif before.shape == output.shape:
            if id(before) in flattened:
                flattened[id(output)] = flattened[id(before)]
            owner = ends.get(id(before))
            # In another container it is a branch, such as the inside of a residual connection.
            if owner is not None and _get_parent(names[owner.module]) == _get_parent(names[module]):
                _append_follower(owner, module, output)
                ends[id(output)] = owner

    watched = [module for module in model.modules() if _is_watched(module) and module not in inner]
    hooks = [module.register_forward_hook(record) for module in watched]
    try:
        yield recorded
    finally:
        for hook in hooks:
            hook.remove()


def _get_parent(name: str) -> str:
    return name.rpartition(".")[0]


def _is_watched(module: nn.Module) -> bool:
    return type(module) in _KINDS or not any(True for _child in module.children())


def _append_follower(values: LayerValues, module: nn.Module, output: Tensor) -> None:
    if isinstance(module, _NORMS) and values.response is values.activation:
        values.response = output
    values.activation = output
    if not isinstance(module, nn.Flatten | nn.Identity | nn.Dropout | nn.Dropout2d):
        values.followers.append(type(module).__name__)


def to_maps(network: TrainedNetwork, values: Tensor) -> Tensor:
    """Arrange a layer's values as maps, [count, units, height, width].

    Values of a dense layer become maps of one pixel. Tokens of a transformer become pixels, where the patches were in the picture,
    and the class token is left out.
    """
    if values.dim() == 4:
        return values
    if values.dim() == 2:
        return values[:, :, None, None]
    tokens = values[:, 1:].transpose(1, 2)
    patches = next((part for part in network.model.modules() if isinstance(part, PatchAttention)), None)
    maps: Tensor = tokens.unflatten(2, (patches.height // patches.patch if patches else 1, -1))
    return maps


def _get_map_shape(network: TrainedNetwork, values: Tensor) -> tuple[int, int, int]:
    _count, units, height, width = to_maps(network, values).shape
    return units, height, width
