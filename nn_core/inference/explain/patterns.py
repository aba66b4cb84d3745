"""What the layers of a network look for in a picture, and where they find it."""

from math import prod

import torch
from torch import Tensor, nn

from nn_core.data.transforms.normalize import normalize
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts.blocks import Residual

__all__ = ["find_patterns", "get_first_patterns"]


def get_first_patterns(network: TrainedNetwork) -> Tensor | None:
    """The weights of the first layer as pictures, float32 [count, channels, height, width]: small ones that a convolution
    looks for everywhere, or one of the whole picture's size for each neuron. None where the first layer is neither."""
    for module in network.model.modules():
        if isinstance(module, nn.Conv2d):
            return module.weight.detach().float().cpu()
        if isinstance(module, nn.Linear):
            fits = network.spec.kind == "pictures" and module.in_features == prod(network.spec.shape)
            return module.weight.detach().float().cpu().unflatten(1, network.spec.shape) if fits else None
        if isinstance(module, nn.RNNBase):
            return None
    return None


@torch.inference_mode()
def find_patterns(network: TrainedNetwork, picture: Tensor) -> list[Tensor]:
    """Where each convolution found its patterns in a picture, uint8 [channels, height, width]: float32 [patterns, height,
    width] for each one, after its norm and activation. Empty without convolutions."""
    signal = normalize(picture.unsqueeze(0).to(network.device), network.spec)
    found: list[Tensor] = []
    for module in network.model.children():
        before, signal = signal, module(signal)
        if isinstance(module, nn.Conv2d | Residual):
            found.append(signal)
        elif found and found[-1] is before and signal.shape == before.shape:
            found[-1] = signal
    return [maps[0].float().cpu() for maps in found]
