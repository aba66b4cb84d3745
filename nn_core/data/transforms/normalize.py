"""Turns stored samples into what a network sees, a batch at a time on the device."""

from functools import lru_cache

import torch
from torch import Tensor

from nn_core.data.dataset import DatasetSpec

__all__ = ["normalize", "to_unit_float"]


def normalize(inputs: Tensor, spec: DatasetSpec) -> Tensor:
    """Stored samples, as in `Split.inputs` (pictures also as floats from 0 to 255) → text: int64, pictures and points:
    float32 of mean 0 and deviation 1, as the training data has them."""
    if spec.kind == "text":
        return inputs.long()
    scale = 255 if spec.kind == "pictures" else 1
    if len(spec.mean) == 1:
        return (
            inputs.to(torch.get_default_dtype(), copy=True).sub_(scale * spec.mean[0]).mul_(1 / (scale * spec.std[0]))
        )
    mean, factor = _by_channel(spec.mean, spec.std, scale, inputs.dim(), inputs.device)
    return inputs.to(torch.get_default_dtype(), copy=True).sub_(mean).mul_(factor)


@lru_cache(maxsize=16)
@torch.inference_mode(False)  # who only wanted an answer must not keep others from gradients
def _by_channel(
    mean: tuple[float, ...], std: tuple[float, ...], scale: int, dimensions: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """What to take away from each channel and to multiply it with; made once, for it would take a fifth of a small step."""
    around = (1, -1) + (1,) * (dimensions - 2)
    return (
        (scale * torch.tensor(mean, device=device)).view(around),
        (1 / (scale * torch.tensor(std, device=device))).view(around),
    )


def to_unit_float(inputs: Tensor) -> Tensor:
    """Stored pictures → float32 from 0 to 1: what an autoencoder is to give back."""
    return inputs.to(torch.get_default_dtype()) * (1 / 255)
