"""The feature maps of a layer for one picture, and the arithmetic behind each of their pixels: patch × kernel + bias.

A dense layer is a convolution whose kernel is as large as its input (Long, Shelhamer and Darrell, 2015), so the same arithmetic
shows every layer with weights.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.explain.layers import LayerValues, run_to_layer, to_maps
from nn_core.inference.network import TrainedNetwork

__all__ = [
    "FeatureMaps",
    "Kernel",
    "KernelGeometry",
    "PixelTerms",
    "compute_feature_maps",
    "explain_pixel",
    "get_kernel",
]


@dataclass(frozen=True)
class KernelGeometry:
    """Where a kernel lies over its input, for each of the two axes (down, across).

    Attributes:
        size: of the kernel.
        stride: how far it moves from one output pixel to the next.
        padding: how many zeros are before the first input pixel.
        dilation: the distance between its cells in the input.
        is_transposed: whether each input pixel is spread over the output instead (a transposed convolution).
    """

    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    is_transposed: bool = False

    def find_sources(self, axis: int, position: int, length: int) -> list[int]:
        """Return, for each cell of the kernel along the axis, which input pixel it is multiplied by; -1 for padding.

        Args:
            axis: 0 is down, 1 is across.
            position: of the output pixel.
            length: of the input.
        """
        found = []
        for cell in range(self.size[axis]):
            if self.is_transposed:
                source, rest = divmod(position + self.padding[axis] - cell * self.dilation[axis], self.stride[axis])
                source = source if rest == 0 else -1
            else:
                source = position * self.stride[axis] - self.padding[axis] + cell * self.dilation[axis]
            found.append(source if 0 <= source < length else -1)
        return found


@dataclass(frozen=True)
class FeatureMaps:
    """What a layer computes for one picture; all tensors are float32 on the CPU.

    Attributes:
        inputs: [input channels, height, width]; what the layer gets.
        maps: [units, height, width]; what the layer's own module returns.
        responses: the same after the layer's norms.
        activations: the same after everything that belongs to the layer.
        followers: the class names of what belongs to it.
        geometry: of its kernels; None for a layer that has none.
    """

    inputs: Tensor
    maps: Tensor
    responses: Tensor
    activations: Tensor
    followers: tuple[str, ...]
    geometry: KernelGeometry | None


@dataclass(frozen=True)
class Kernel:
    """The weights of one unit.

    Attributes:
        weights: [channels, height, width], float32 on the CPU.
        bias: None for a layer without one.
        first_channel: the input channel that the first channel of the weights is multiplied by.
    """

    weights: Tensor
    bias: float | None
    first_channel: int = 0


@dataclass(frozen=True)
class PixelTerms:
    """The arithmetic of one output pixel, in double precision.

    Attributes:
        patch: [channels, height, width], the input pixels under the kernel; 0 where it reaches over the edge.
        products: patch × kernel.
        bias: of the unit, 0 without one.
    """

    patch: Tensor
    products: Tensor
    bias: float

    @property
    def total(self) -> float:
        """The sum of all products and the bias."""
        return float(self.products.sum()) + self.bias


def compute_feature_maps(network: TrainedNetwork, picture: Tensor, layer: str) -> FeatureMaps:
    """Compute the feature maps of a picture, uint8 [channels, height, width]. Raises BadInput for an unknown layer."""
    values = run_to_layer(network, picture.unsqueeze(0), layer)
    inputs, geometry = _arrange_inputs(network, values)
    return FeatureMaps(
        inputs=inputs[0].float().cpu(),
        maps=to_maps(network, values.output)[0].float().cpu(),
        responses=to_maps(network, values.response)[0].float().cpu(),
        activations=to_maps(network, values.activation)[0].float().cpu(),
        followers=tuple(values.followers),
        geometry=geometry,
    )


def _arrange_inputs(network: TrainedNetwork, values: LayerValues) -> tuple[Tensor, KernelGeometry | None]:
    """Return the layer's inputs as maps, [count, channels, height, width], and how its kernels lie over them."""
    module, inputs = values.module, values.inputs
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        assert not isinstance(module.padding, str)  # the networks' settings give numbers
        sizes = (module.kernel_size, module.stride, module.padding, module.dilation)
        size, stride, padding, dilation = ((each[0], each[1]) for each in sizes)
        return inputs, KernelGeometry(size, stride, padding, dilation, isinstance(module, nn.ConvTranspose2d))
    if isinstance(module, nn.Linear):
        if values.input_shape is not None and len(values.input_shape) == 3:
            maps = inputs.unflatten(1, values.input_shape)
            return maps, KernelGeometry((maps.shape[2], maps.shape[3]))
        return to_maps(network, inputs), KernelGeometry((1, 1))
    return (to_maps(network, inputs) if inputs.dtype.is_floating_point else inputs[:, :, None, None]), None


def get_kernel(network: TrainedNetwork, layer: str, unit: int, maps: FeatureMaps) -> Kernel:
    """Return the weights of one unit of a layer.

    Args:
        network: the network.
        layer: its name.
        unit: from 0.
        maps: of the layer, which give a dense layer's weights the shape of its input.

    Raises:
        BadInput: the layer has no kernels, or no such unit.
    """
    module = network.model.get_submodule(layer)
    if not isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        raise BadInput(
            _("Layer '{layer}' ({kind}) has no kernels: choose a convolution or a dense layer.").format(
                layer=layer, kind=type(module).__name__
            )
        )
    if not 0 <= unit < len(maps.maps):
        raise BadInput(
            _("Layer '{layer}' has no unit {unit}: choose one from 0 to {last}.").format(
                layer=layer, unit=unit, last=len(maps.maps) - 1
            )
        )
    bias = None if module.bias is None else float(module.bias[unit].detach())
    weight, first = module.weight.detach(), 0
    if isinstance(module, nn.Linear):
        assert maps.geometry is not None
        return Kernel(weight[unit].view(-1, *maps.geometry.size).float().cpu(), bias)
    if isinstance(module, nn.ConvTranspose2d):
        units, channels = module.out_channels // module.groups, module.in_channels // module.groups
        first = unit // units * channels
        weights = weight[first : first + channels, unit % units]
    else:
        first = unit // (module.out_channels // module.groups) * weight.shape[1]
        weights = weight[unit]
    return Kernel(weights.float().cpu().contiguous(), bias, first)


def explain_pixel(maps: FeatureMaps, kernel: Kernel, row: int, column: int) -> PixelTerms:
    """Return the arithmetic of one pixel of the kernel's unit, before norms and activation."""
    assert maps.geometry is not None
    channels = maps.inputs[kernel.first_channel : kernel.first_channel + len(kernel.weights)].double()
    height, width = channels.shape[1:]
    rows = torch.tensor(maps.geometry.find_sources(0, row, height))
    columns = torch.tensor(maps.geometry.find_sources(1, column, width))
    patch = channels[:, rows][:, :, columns]
    patch = patch * (rows >= 0)[None, :, None] * (columns >= 0)[None, None, :]
    return PixelTerms(patch, patch * kernel.weights.double(), kernel.bias or 0.0)
