"""Converts stored samples to network inputs, one batch at a time on the device."""

from functools import lru_cache

import torch
from torch import Tensor

from nn_core.data.dataset import DatasetSpec

__all__ = ["normalize", "to_unit_float"]


def normalize(inputs: Tensor, spec: DatasetSpec) -> Tensor:
    """Convert stored samples to network inputs.

    Args:
        inputs: samples as in `Split.inputs`; images also as floats from 0 to 255.
        spec: their data set.

    Returns:
        Text as int64; images and points as float32, scaled so that the training data have mean 0 and standard deviation 1.
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
