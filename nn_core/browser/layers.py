"""The layers of a network as descriptions for layers.js, from the modules of PyTorch that `nn_core.models` consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor, nn

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.models.activations import ACTIVATIONS
from nn_core.models.formula.activation import FormulaActivation
from nn_core.models.formula.formula import Formula
from nn_core.models.formula.tree import Node
from nn_core.models.parts import AttentionBlock, PatchAttention, Residual, RowReader

__all__ = ["Layer", "describe_network"]

Shape = tuple[int, ...]
Setting = int | float | str | list[int] | object

_NAMES: dict[type[nn.Module], str] = {
    getattr(nn, kind): name for name, kind in ACTIVATIONS.items() if hasattr(nn, kind)
}


@dataclass(frozen=True)
class Layer:
    """A layer as layers.js builds it.

    Attributes:
        kind: a key of `BUILDERS` there.
        settings: what else its builder reads, as JSON.
        tensors: by name; those whose name begins with `weight` are matrices [outputs, …] that may be quantised.
        inside: by name, the layers inside a residual connection.
    """

    kind: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    inside: Mapping[str, list[Layer]] = field(default_factory=dict)


def describe_network(model: nn.Module, shape: Shape) -> list[Layer]:
    """Describe a network in evaluation mode that reads pictures [1, height, width] of this shape.

    Batch norm after a convolution or a dense layer becomes a part of its weights.

    Raises:
        BadInput: it has a layer that layers.js does not have.
    """
    return _Describer(_find_shapes(model, shape)).describe(model)


@dataclass(frozen=True)
class _Describer:
    """shapes: of the input and the output of each module, without the batch."""

    shapes: Mapping[nn.Module, tuple[Shape, Shape]]

    def describe(self, *modules: nn.Module) -> list[Layer]:
        layers: list[Layer] = []
        for module in modules:
            for layer in self._describe_module(module):
                if layers and layer.kind == "affine" and _can_take(layers[-1], layer):
                    layers[-1] = _fold_affine(layers[-1], layer)
                else:
                    layers.append(layer)
        return layers

    def _describe_module(self, module: nn.Module) -> list[Layer]:
        match module:
            case nn.Sequential():
                return self.describe(*module)
            case nn.Flatten() | nn.Dropout() | nn.Dropout2d() | nn.Identity():
                return []
            case Residual():
                return [_make_residual(self.describe(module.inside), self.describe(module.shortcut))]
            case PatchAttention():
                return self._describe_patch_attention(module)
            case RowReader():
                return _describe_recurrent(module.reader, module.cell, self.shapes[module][0][1])
        before, after = self.shapes[module]
        if type(module) in _NAMES:
            return [Layer("activation", {"name": _NAMES[type(module)], "size": prod(after)})]
        match module:
            case nn.Linear():
                return [_describe_dense(module, prod(before[:-1]))]
            case nn.Conv2d():
                return [_describe_convolution(module, before, after)]
            case nn.MaxPool2d() | nn.AvgPool2d() | nn.AdaptiveAvgPool2d():
                return [_describe_pool(module, before)]
            case nn.BatchNorm1d() | nn.BatchNorm2d():
                return [_describe_batch_norm(module, before)]
            case nn.LayerNorm():
                return [_describe_layer_norm(module, before)]
            case FormulaActivation():
                return [_describe_formula(module, prod(after))]
        raise BadInput(
            _("The layer {name} cannot run in a browser: draw on the Draw page, where the server computes it.").format(
                name=type(module).__name__
            )
        )

    def _describe_patch_attention(self, module: PatchAttention) -> list[Layer]:
        positions = module.positions[0].clone()
        positions[0] += module.gatherer[0, 0]
        tokens, dimension = positions.shape
        start = Layer("tokens", {"tokens": tokens, "dimension": dimension}, {"positions": positions})
        blocks = [layer for block in module.blocks for layer in self._describe_attention_block(block, tokens)]
        norm = _describe_layer_norm(module.norm, (dimension,))
        return [*self.describe(module.patches), start, *blocks, Layer("first", {"size": dimension}), norm]

    def _describe_attention_block(self, block: nn.Module, tokens: int) -> list[Layer]:
        assert isinstance(block, AttentionBlock)
        attention = block.attention
        settings = {"tokens": tokens, "dimension": attention.dimension, "heads": attention.heads}
        attend = [
            *self.describe(block.norm),
            _describe_dense(attention.questions_keys_values, tokens),
            Layer("attend", settings),
            _describe_dense(attention.together, tokens),
        ]
        return [_make_residual(attend, []), _make_residual(self.describe(block.dense), [])]


@torch.inference_mode()
def _find_shapes(model: nn.Module, shape: Shape) -> dict[nn.Module, tuple[Shape, Shape]]:
    """Run the network on a blank picture and record the shapes."""
    shapes: dict[nn.Module, tuple[Shape, Shape]] = {}

    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: object) -> None:
        if isinstance(output, Tensor):
            shapes[module] = (tuple(inputs[0].shape[1:]), tuple(output.shape[1:]))

    hooks = [module.register_forward_hook(record) for module in model.modules()]
    model(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return shapes


def _make_residual(inside: list[Layer], shortcut: list[Layer]) -> Layer:
    return Layer("residual", inside={"inside": inside, "shortcut": shortcut})


def _pick_present(**tensors: Tensor | None) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def _describe_dense(module: nn.Linear, count: int) -> Layer:
    settings = {"inputs": module.in_features, "outputs": module.out_features, "count": count}
    return Layer("dense", settings, _pick_present(weight=module.weight, bias=module.bias))


def _describe_convolution(module: nn.Conv2d, before: Shape, after: Shape) -> Layer:
    settings = {
        "input": list(before),
        "output": list(after),
        "kernel": list(module.kernel_size),
        "stride": list(module.stride),
        "padding": [int(side) for side in module.padding],
    }
    return Layer("conv2d", settings, _pick_present(weight=module.weight, bias=module.bias))


def _describe_pool(module: nn.MaxPool2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d, before: Shape) -> Layer:
    """Describe a pool of squares that do not overlap, or of the whole picture."""
    kernel = list(before[1:]) if isinstance(module, nn.AdaptiveAvgPool2d) else [module.kernel_size] * 2
    return Layer("pool", {"mean": not isinstance(module, nn.MaxPool2d), "input": list(before), "kernel": kernel})


def _describe_batch_norm(module: nn.BatchNorm1d | nn.BatchNorm2d, before: Shape) -> Layer:
    assert module.running_mean is not None
    assert module.running_var is not None
    scale = module.weight.double() / (module.running_var.double() + module.eps).sqrt()
    shift = module.bias.double() - module.running_mean.double() * scale
    return Layer("affine", {"channels": before[0], "size": prod(before[1:])}, {"scale": scale, "shift": shift})


def _describe_layer_norm(module: nn.LayerNorm, before: Shape) -> Layer:
    size = prod(module.normalized_shape)
    settings = {"size": size, "count": prod(before) // size, "eps": module.eps}
    return Layer("layer_norm", settings, {"gain": module.weight, "bias": module.bias})


def _describe_formula(module: FormulaActivation, size: int) -> Layer:
    formula, limits = Formula.parse(module.formula), module.limits
    slope = _describe_tree(formula.derivative().tree) if limits else None
    return Layer("formula", {"value": _describe_tree(formula.tree), "slope": slope, "limits": limits, "size": size})


def _describe_tree(node: Node) -> Setting:
    """Return "x", a number, or a list of an operation and its arguments."""
    if node.op == "number":
        return node.number
    return [node.op, *map(_describe_tree, node.args)] if node.args else node.op


def _can_take(layer: Layer, affine: Layer) -> bool:
    """Whether the affine layer scales whole outputs of the layer before it, which after a Flatten it may not."""
    can_fold = layer.kind == "conv2d" or (layer.kind == "dense" and layer.settings["count"] == 1)
    return can_fold and len(layer.tensors["weight"]) == affine.settings["channels"]


def _fold_affine(layer: Layer, affine: Layer) -> Layer:
    """Return one layer that computes both; in float64, so that this rounds only once."""
    weight, scale = layer.tensors["weight"].double(), affine.tensors["scale"]
    bias = affine.tensors["shift"] + scale * layer.tensors.get("bias", torch.zeros(1)).double()
    return Layer(
        layer.kind, layer.settings, {"weight": weight * scale.view(-1, *[1] * (weight.dim() - 1)), "bias": bias}
    )


def _describe_recurrent(reader: nn.RNNBase, cell: str, steps: int) -> list[Layer]:
    directions = 2 if reader.bidirectional else 1
    layers = []
    for number in range(reader.num_layers):
        tensors = {
            f"{name}_{direction}": getattr(reader, f"{source}_l{number}{'_reverse' if direction else ''}")
            for direction in range(directions)
            for name, source in zip(
                ("weight_input", "weight_memory", "bias_input", "bias_memory"),
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh"),
                strict=True,
            )
        }
        settings = {
            "cell": cell,
            "inputs": tensors["weight_input_0"].shape[1],
            "hidden": reader.hidden_size,
            "gates": tensors["weight_input_0"].shape[0] // reader.hidden_size,
            "steps": steps,
            "directions": directions,
            "last": number == reader.num_layers - 1,
        }
        layers.append(Layer("recurrent", settings, tensors))
    return layers
