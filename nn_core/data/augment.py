"""Random changes to a batch of pictures, on their device."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data.augmentation import AugmentationSettings

__all__ = ["augment"]


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
    across, down = draw[3] * settings.shift * 2 / width, draw[4] * settings.shift * 2 / height
    # A row of `theta` says where in the source a target pixel comes from, in units of half the picture. One product
    # finds all these places, in a fraction of the time of `F.affine_grid`.
    theta = torch.stack([cos, slant * cos - sin, across, sin, slant * sin + cos, down], dim=1).view(2 * count, 3)
    targets = torch.ones(3, height, width, device=images.device)
    targets[0] = (torch.arange(width, device=images.device) * 2 + 1) / width - 1
    targets[1] = ((torch.arange(height, device=images.device) * 2 + 1) / height - 1).unsqueeze(1)
    sources = (theta @ targets.flatten(1)).view(count, 2, height, width)
    return F.grid_sample(images.to(torch.float32), sources.permute(0, 2, 3, 1), align_corners=False)
