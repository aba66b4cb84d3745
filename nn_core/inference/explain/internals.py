"""What a network computes inside: attention weights, the patterns of its layers, and the latent space of an autoencoder."""

from dataclasses import dataclass
from math import prod
from typing import Self

import torch
from torch import Tensor, nn

from nn_core.data.encode_text import encode as encode_text
from nn_core.data.transforms import normalize
from nn_core.inference.explain.attribution import get_read_letters
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts import PatchAttention, SelfAttention

__all__ = [
    "LatentPlane",
    "compute_attention",
    "compute_letter_attention",
    "decode",
    "encode",
    "get_first_patterns",
    "has_attention",
    "interpolate",
]


# Attention


def has_attention(network: TrainedNetwork) -> bool:
    """Whether the network has a self-attention layer."""
    return any(isinstance(module, SelfAttention) for module in network.model.modules())


@torch.inference_mode()
def compute_attention(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    """Compute the attention of the class token to the other tokens, in each block and head.

    Args:
        network: must have self-attention.
        inputs: stored samples, as in `Split.inputs`.

    Returns:
        Weights that sum to 1 over all tokens but the class token itself: [count, depth, heads, rows of patches, patches in a row] for
        pictures, [count, depth, heads, length] for text.
    """
    weights: list[Tensor] = []

    def record(module: nn.Module, arguments: tuple[Tensor, ...], _output: Tensor) -> None:
        assert isinstance(module, SelfAttention)
        weights.append(module.weights(*arguments)[:, :, 0, 1:])

    hooks = [
        module.register_forward_hook(record) for module in network.model.modules() if isinstance(module, SelfAttention)
    ]
    try:
        network.model(normalize(inputs.to(network.device), network.spec))
    finally:
        for hook in hooks:
            hook.remove()
    attention = torch.stack(weights, dim=1).float().cpu()
    # The weights of a text without letters are all 0.
    attention = attention / attention.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    patches = next((module for module in network.model.modules() if isinstance(module, PatchAttention)), None)
    return attention.unflatten(-1, (patches.height // patches.patch, -1)) if patches else attention


def compute_letter_attention(network: TrainedNetwork, text: str) -> Tensor:
    """Return the attention of the class token to each letter, [depth, heads, letters], each row summing to 1. The network must have
    self-attention."""
    letters = get_read_letters(network, text)
    inputs = encode_text([letters], network.spec.alphabet, network.spec.shape[0])
    return compute_attention(network, inputs)[0, :, :, : len(letters)]


# Patterns of layers


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


# The latent space of an autoencoder


@torch.inference_mode()
def encode(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    """uint8 pictures [count, channels, height, width] → float32 [count, latent], on the CPU."""
    encoder = network.model.get_submodule("encoder")
    batches = inputs.split(network.batch_size)
    return torch.cat([encoder(normalize(batch.to(network.device), network.spec)).float().cpu() for batch in batches])


@torch.inference_mode()
def decode(network: TrainedNetwork, latents: Tensor) -> Tensor:
    """float32 [count, latent] → uint8 pictures [count, channels, height, width], on the CPU."""
    decoder = network.model.get_submodule("decoder")
    pixels = [decoder(batch.to(network.device)).float().cpu() for batch in latents.split(network.batch_size)]
    return (torch.cat(pixels) * 255).round().byte()


@dataclass(frozen=True)
class LatentPlane:
    """A plane in the latent space, to draw as a map.

    Attributes:
        origin: [latent].
        directions: [2, latent], orthonormal.
        explained_variance: the fraction of the latents' variance that the plane shows.
    """

    origin: Tensor
    directions: Tensor
    explained_variance: float

    @classmethod
    def fit(cls, latents: Tensor) -> Self:
        """Return the plane that shows the most variance of `latents`, [count, latent] with latent >= 2: the two numbers themselves,
        or the first two principal components (Pearson, 1901)."""
        if latents.shape[1] == 2:
            return cls(torch.zeros(2), torch.eye(2), 1.0)
        origin = latents.mean(dim=0)
        centered = latents - origin
        # Exact and without random numbers, since there are few columns.
        variances, directions = torch.linalg.eigh(centered.T @ centered)
        explained = float(variances[-2:].sum() / variances.sum().clamp(min=1e-12))
        return cls(origin, directions[:, -2:].flip(1).T.contiguous(), explained)

    def project(self, latents: Tensor) -> Tensor:
        """[count, latent] → [count, 2], their points on the plane."""
        return (latents - self.origin) @ self.directions.T

    def unproject(self, points: Tensor) -> Tensor:
        """[count, 2] → [count, latent], the latents at these points of the plane."""
        return self.origin + points @ self.directions


def interpolate(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """[latent] each → [steps, latent], evenly spaced from `start` to `end`, both included."""
    fractions = torch.linspace(0, 1, steps).unsqueeze(1)
    return start + fractions * (end - start)
