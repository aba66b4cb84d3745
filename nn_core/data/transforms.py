"""From samples to network inputs: prepared images are resized, batches are augmented and normalised on their device."""

import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from nn_core.data.dataset import DatasetSpec, Shard
from nn_core.data.settings import AugmentationSettings
from nn_core.drawings.preprocess import Prepared

__all__ = ["augment_batch", "normalize", "resize_to_spec", "to_unit_float"]


def resize_to_spec(picture: Prepared, spec: DatasetSpec) -> Prepared:
    """Convert a prepared image, uint8 [channels, height, width], to the size and channels of the data set."""
    if picture.shape == spec.shape:
        return picture
    channels, height, width = spec.shape
    resized = [Image.fromarray(channel).resize((width, height), Image.Resampling.BOX) for channel in picture]
    stacked = np.stack([np.asarray(channel) for channel in resized])
    if len(stacked) == channels:
        return stacked
    if channels == 1:
        grey: Prepared = stacked.mean(axis=0, keepdims=True).round().astype(np.uint8)
        return grey
    return np.repeat(stacked[:1], channels, axis=0)


def normalize(inputs: Tensor, spec: DatasetSpec) -> Tensor:
    """Convert stored samples to network inputs.

    Args:
        inputs: samples as in `Split.inputs`; images also as floats from 0 to 255.
        spec: their data set.

    Returns:
        Text as int64; images and points as float32, minus the mean and divided by the standard deviation of `spec`.
    """
    if spec.kind == "text":
        return inputs.long()
    scale = 255 if spec.kind == "pictures" else 1
    if len(spec.mean) == 1:
        return (
            inputs.to(torch.get_default_dtype(), copy=True).sub_(scale * spec.mean[0]).mul_(1 / (scale * spec.std[0]))
        )
    mean, factor = _get_channel_factors(spec.mean, spec.std, scale, inputs.dim(), inputs.device)
    return inputs.to(torch.get_default_dtype(), copy=True).sub_(mean).mul_(factor)


@lru_cache(maxsize=16)
@torch.inference_mode(False)  # inference tensors in the cache could not be used in training
def _get_channel_factors(
    mean: tuple[float, ...], std: tuple[float, ...], scale: int, dimensions: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return what to subtract from each channel and what to multiply it by. Cached: it would take a fifth of a small step."""
    around = (1, -1) + (1,) * (dimensions - 2)
    return (
        (scale * torch.tensor(mean, device=device)).view(around),
        (1 / (scale * torch.tensor(std, device=device))).view(around),
    )


def to_unit_float(inputs: Tensor) -> Tensor:
    """Convert stored images to float32 from 0 to 1, the target of an autoencoder."""
    return inputs.to(torch.get_default_dtype()) * (1 / 255)


_KNOTS = 5  # per side; the elastic displacement is interpolated between them


def augment_batch(
    images: Tensor, settings: AugmentationSettings, *, is_line_drawing: bool = True, shard: Shard | None = None
) -> Tensor:
    """Rotate, shift, scale, shear, bend, mirror, cover and add noise to images at random.

    Random numbers come from torch's generator of the images' device. For a shard, as many are drawn as for the whole batch, so
    that each image gets the same changes as in a single process.

    Args:
        images: uint8 [count, channels, height, width].
        settings: the strengths.
        is_line_drawing: whether pixels from outside the frame are black, as around a drawing; otherwise they mirror the edge.
        shard: the part of the batch that `images` are; by default, all of it.

    Returns:
        float32 of the same shape, 0 to 255.
    """
    shard = shard or Shard(slice(None), len(images), len(images))
    changed = images.to(torch.get_default_dtype())
    if settings.is_geometric:
        # MPS has no reflection padding; border padding looks nearly the same.
        padding = "zeros" if is_line_drawing else "border" if images.device.type == "mps" else "reflection"
        grid = _make_sampling_grid(images, settings, shard)
        changed = F.grid_sample(changed, grid, padding_mode=padding, align_corners=False)
    if settings.erase:
        changed = changed * _make_erase_mask(images, settings.erase, shard)
    if settings.noise:
        noise = torch.randn(shard.batch_size, *images.shape[1:], device=images.device)[shard.rows]
        changed = (changed + 255 * settings.noise * noise).clamp_(0, 255)
    return changed


def _make_sampling_grid(images: Tensor, settings: AugmentationSettings, shard: Shard) -> Tensor:
    """Return the source position of each target pixel, in units of half the image: [count, height, width, 2]."""
    count, _, height, width = images.shape
    draw = torch.rand(5, shard.batch_size, device=images.device)[:, shard.rows] * 2 - 1
    angle = draw[0] * math.radians(settings.rotate)
    slant = torch.tan(draw[1] * math.radians(settings.shear))
    size = 1 + draw[2] * settings.scale
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    across, down = draw[3] * settings.shift * 2 / width, draw[4] * settings.shift * 2 / height
    # A row of `theta` computes one coordinate. A single product takes a fraction of the time of `F.affine_grid`.
    theta = torch.stack([cos, slant * cos - sin, across, sin, slant * sin + cos, down], dim=1).view(2 * count, 3)
    targets = torch.ones(3, height, width, device=images.device)
    targets[0] = (torch.arange(width, device=images.device) * 2 + 1) / width - 1
    targets[1] = ((torch.arange(height, device=images.device) * 2 + 1) / height - 1).unsqueeze(1)
    sources = (theta @ targets.flatten(1)).view(count, 2, height, width)
    if settings.elastic:
        sources = sources + _make_elastic_shift(images, settings.elastic, shard)
    if settings.flip:
        mirrored = torch.rand(shard.batch_size, 1, 1, device=images.device)[shard.rows] < settings.flip
        sources[:, 0] = torch.where(mirrored, -sources[:, 0], sources[:, 0])
    return sources.permute(0, 2, 3, 1)


def _make_elastic_shift(images: Tensor, strength: float, shard: Shard) -> Tensor:
    """Return a smooth random displacement (after Simard, Steinkraus and Platt, 2003), [count, 2, height, width]."""
    height, width = images.shape[2:]
    knots = torch.rand(shard.batch_size, 2, _KNOTS, _KNOTS, device=images.device)[shard.rows] * 2 - 1
    smooth = F.interpolate(knots, size=(height, width), mode="bilinear", align_corners=True)
    return smooth * torch.tensor([2 / width, 2 / height], device=images.device).view(2, 1, 1) * strength


def _make_erase_mask(images: Tensor, max_area: float, shard: Shard) -> Tensor:
    """Return 0 inside a random rectangle of each image and 1 elsewhere (Zhong et al., 2017), [count, 1, height, width]."""
    height, width = images.shape[2:]
    fraction, shape, down, across = torch.rand(4, shard.batch_size, 1, device=images.device)[:, shard.rows]
    area = fraction * max_area
    tall = (area * torch.exp2(2 * shape - 1)).sqrt().clamp(max=1)  # from half to twice as tall as wide
    wide = (area / tall.clamp(min=1e-6)).clamp(max=1)
    rows = (torch.arange(height, device=images.device) + 0.5) / height - down * (1 - tall)
    columns = (torch.arange(width, device=images.device) + 0.5) / width - across * (1 - wide)
    covered_rows = (rows > 0) & (rows < tall)
    covered_columns = (columns > 0) & (columns < wide)
    covered = covered_rows.unsqueeze(2) & covered_columns.unsqueeze(1)
    mask: Tensor = (~covered).unsqueeze(1).float()
    return mask
