"""Random changes to a batch of pictures, on their device, different for each picture in it."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data.part import Shard
from nn_core.data.transforms.augment_settings import AugmentationSettings

__all__ = ["augment_batch"]

_KNOTS = 5  # a side; between them the rubber bends smoothly


def augment_batch(
    images: Tensor, settings: AugmentationSettings, *, ink: bool = True, part: Shard | None = None
) -> Tensor:
    """uint8 pictures [count, channels, height, width] turned, moved, scaled, slanted, bent, mirrored, covered and grained at
    random; float32, 0 to 255.

    ink: what comes in from outside the frame is black, as around a drawing; otherwise it mirrors the edge. Draws from
    torch's own random numbers of the pictures' device; where the pictures are part of a batch, as many as for all of it, so
    that each picture gets what it would in one process.
    """
    part = part or Shard(slice(None), len(images), len(images))
    changed = images.to(torch.get_default_dtype())
    if settings.moves:
        # MPS has no mirrored edge; a drawn-out one looks nearly the same.
        edge = "zeros" if ink else "border" if images.device.type == "mps" else "reflection"
        changed = F.grid_sample(changed, _sources(images, settings, part), padding_mode=edge, align_corners=False)
    if settings.erase:
        changed = changed * _kept(images, settings.erase, part)
    if settings.noise:
        grain = torch.randn(part.whole, *images.shape[1:], device=images.device)[part.rows]
        changed = (changed + 255 * settings.noise * grain).clamp_(0, 255)
    return changed


def _sources(images: Tensor, settings: AugmentationSettings, part: Shard) -> Tensor:
    """Where in the source each target pixel comes from, in units of half the picture: [count, height, width, 2]."""
    count, _, height, width = images.shape
    draw = torch.rand(5, part.whole, device=images.device)[:, part.rows] * 2 - 1
    angle = draw[0] * math.radians(settings.rotate)
    slant = torch.tan(draw[1] * math.radians(settings.shear))
    size = 1 + draw[2] * settings.scale
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    across, down = draw[3] * settings.shift * 2 / width, draw[4] * settings.shift * 2 / height
    # A row of `theta` finds one coordinate. One product finds all of them, in a fraction of the time of `F.affine_grid`.
    theta = torch.stack([cos, slant * cos - sin, across, sin, slant * sin + cos, down], dim=1).view(2 * count, 3)
    targets = torch.ones(3, height, width, device=images.device)
    targets[0] = (torch.arange(width, device=images.device) * 2 + 1) / width - 1
    targets[1] = ((torch.arange(height, device=images.device) * 2 + 1) / height - 1).unsqueeze(1)
    sources = (theta @ targets.flatten(1)).view(count, 2, height, width)
    if settings.elastic:
        sources = sources + _bend(images, settings.elastic, part)
    if settings.flip:
        mirrored = torch.rand(part.whole, 1, 1, device=images.device)[part.rows] < settings.flip
        sources[:, 0] = torch.where(mirrored, -sources[:, 0], sources[:, 0])
    return sources.permute(0, 2, 3, 1)


def _bend(images: Tensor, strength: float, part: Shard) -> Tensor:
    """A smooth random displacement (after Simard, Steinkraus and Platt, 2003), [count, 2, height, width]."""
    height, width = images.shape[2:]
    knots = torch.rand(part.whole, 2, _KNOTS, _KNOTS, device=images.device)[part.rows] * 2 - 1
    smooth = F.interpolate(knots, size=(height, width), mode="bilinear", align_corners=True)
    return smooth * torch.tensor([2 / width, 2 / height], device=images.device).view(2, 1, 1) * strength


def _kept(images: Tensor, largest: float, part: Shard) -> Tensor:
    """1 where a picture is kept and 0 inside its rectangle (Zhong et al., 2017), [count, 1, height, width]."""
    height, width = images.shape[2:]
    share, shape, down, across = torch.rand(4, part.whole, 1, device=images.device)[:, part.rows]
    area = share * largest
    tall = (area * torch.exp2(2 * shape - 1)).sqrt().clamp(max=1)  # from half to twice as tall as wide
    wide = (area / tall.clamp(min=1e-6)).clamp(max=1)
    rows = (torch.arange(height, device=images.device) + 0.5) / height - down * (1 - tall)
    columns = (torch.arange(width, device=images.device) + 0.5) / width - across * (1 - wide)
    covered_rows = (rows > 0) & (rows < tall)
    covered_columns = (columns > 0) & (columns < wide)
    covered = covered_rows.unsqueeze(2) & covered_columns.unsqueeze(1)
    kept: Tensor = (~covered).unsqueeze(1).float()
    return kept
