"""Turns stored pictures into what a network sees, a batch at a time on the device."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.config.sections import AugmentationSettings
from nn_core.data.dataset import DatasetSpec

__all__ = ["augment", "normalise"]


def normalise(images: Tensor, spec: DatasetSpec) -> Tensor:
    """uint8 (or floats from 0 to 255) [count, channels, height, width] → float32 of mean 0 and deviation 1, as the
    training data has them."""
    return images.to(torch.float32).sub_(255 * spec.mean).mul_(1 / (255 * spec.std))


def augment(images: Tensor, settings: AugmentationSettings) -> Tensor:
    """Each uint8 picture turned, moved, scaled and slanted at random, differently from the others; float32, 0 to 255.

    Draws from torch's own random numbers of the pictures' device. What comes in from outside the frame is black.
    """
    count, _, height, width = images.shape
    draw = torch.rand(5, count, device=images.device) * 2 - 1
    angle = draw[0] * math.radians(settings.rotate)
    slant = torch.tan(draw[1] * math.radians(settings.shear))
    size = 1 + draw[2] * settings.scale
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    # A row of `theta` says where in the source a target pixel comes from, in units of half the picture.
    theta = torch.stack(
        [
            torch.stack([cos, slant * cos - sin, draw[3] * settings.shift * 2 / width], dim=1),
            torch.stack([sin, slant * sin + cos, draw[4] * settings.shift * 2 / height], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images.to(torch.float32), grid, align_corners=False)
