"""The latent space of an autoencoder: encoding, decoding, interpolation, and a plane to draw it on."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from nn_core.data.transforms import normalize
from nn_core.inference.network import TrainedNetwork

__all__ = ["LatentPlane", "decode", "encode", "interpolate"]


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
