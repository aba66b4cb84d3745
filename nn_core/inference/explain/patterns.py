"""The weights of a network's first layer as pictures, and the feature maps of its convolutions."""

from math import prod

import torch
from torch import Tensor, nn

from nn_core.data.transforms import normalize
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts import Residual

__all__ = ["find_patterns", "get_first_patterns"]


def get_first_patterns(network: TrainedNetwork) -> Tensor | None:
    """Return the weights of the first layer as pictures, float32 [count, channels, height, width]: the kernels of a convolution, or
    for each neuron of a dense layer a picture of the input's size. None for any other layer."""
    for module in network.model.modules():
        if isinstance(module, nn.Conv2d):
            return module.weight.detach().float().cpu()
        if isinstance(module, nn.Linear):
            sees_pixels = network.spec.kind == "pictures" and module.in_features == prod(network.spec.shape)
            return module.weight.detach().float().cpu().unflatten(1, network.spec.shape) if sees_pixels else None
        if isinstance(module, nn.RNNBase):
            return None
    return None


@torch.inference_mode()
def find_patterns(network: TrainedNetwork, picture: Tensor) -> list[Tensor]:
    """Return the feature maps of each convolution for a picture, uint8 [channels, height, width]: float32 [patterns, height, width],
    after its normalization and activation. Empty for a network without convolutions."""
    activations = normalize(picture.unsqueeze(0).to(network.device), network.spec)
    found: list[Tensor] = []
    for module in network.model.children():
        before, activations = activations, module(activations)
        if isinstance(module, nn.Conv2d | Residual):
            found.append(activations)
        elif found and found[-1] is before and activations.shape == before.shape:
            found[-1] = activations
    return [maps[0].float().cpu() for maps in found]
