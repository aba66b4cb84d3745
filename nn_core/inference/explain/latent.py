"""The few numbers that an autoencoder squeezes pictures into, and the pictures that it makes of numbers."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from nn_core.data.transforms.normalize import normalize
from nn_core.inference.network import TrainedNetwork

__all__ = ["LatentPlane", "decode", "encode", "interpolate"]


@torch.inference_mode()
def encode(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    """uint8 pictures [count, channels, height, width] → float32 [count, latent], on the CPU."""
    encoder = network.model.get_submodule("encoder")
    parts = (encoder(normalize(part.to(network.device), network.spec)) for part in inputs.split(network.at_once))
    return torch.cat([part.float().cpu() for part in parts])


@torch.inference_mode()
def decode(network: TrainedNetwork, numbers: Tensor) -> Tensor:
    """float32 [count, latent] → uint8 pictures [count, channels, height, width], on the CPU."""
    decoder = network.model.get_submodule("decoder")
    parts = [decoder(part.to(network.device)).float().cpu() for part in numbers.split(network.at_once)]
    return (torch.cat(parts) * 255).round().byte()


@dataclass(frozen=True)
class LatentPlane:
    """A plane through the latent numbers, to draw as a map.

    origin: [latent]; directions: [2, latent], of length 1 and at right angles; share: of the differences between the
    pictures, from 0 to 1, how much the plane shows.
    """

    origin: Tensor
    directions: Tensor
    share: float

    @classmethod
    def through(cls, numbers: Tensor) -> Self:
        """The plane on which `numbers`, [count, latent] with at least two latent numbers, lie farthest apart: the two numbers
        themselves, or else their first two principal components (Pearson, 1901)."""
        if numbers.shape[1] == 2:
            return cls(torch.zeros(2), torch.eye(2), 1.0)
        origin = numbers.mean(dim=0)
        around = numbers - origin
        # Exact, and without random numbers: there are few columns.
        spread, directions = torch.linalg.eigh(around.T @ around)
        share = float(spread[-2:].sum() / spread.sum().clamp(min=1e-12))
        return cls(origin, directions[:, -2:].flip(1).T.contiguous(), share)

    def place_of(self, numbers: Tensor) -> Tensor:
        """[count, latent] → [count, 2], where they lie on the map."""
        return (numbers - self.origin) @ self.directions.T

    def numbers_at(self, places: Tensor) -> Tensor:
        """[count, 2] → [count, latent], what lies there."""
        return self.origin + places @ self.directions


def interpolate(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """[latent] each → [steps, latent], evenly from one to the other, both included."""
    share = torch.linspace(0, 1, steps).unsqueeze(1)
    return start + share * (end - start)
