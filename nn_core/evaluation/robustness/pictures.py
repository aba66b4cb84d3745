"""Perturbations of pictures, uint8 [count, channels, height, width]. What comes in at the edge is black in line drawings, otherwise the
edge is repeated."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data import DatasetSpec
from nn_core.evaluation.robustness.perturbation import Perturbation, Randoms
from nn_core.i18n import N_

__all__ = ["PICTURE_PERTURBATIONS"]

_FINE = 4  # strokes are widened on a grid that is finer by this factor


def _is_pictures(spec: DatasetSpec) -> bool:
    return spec.kind == "pictures"


def _is_line_drawings(spec: DatasetSpec) -> bool:
    return spec.kind == "pictures" and spec.is_line_drawing


def _to_pixels(values: Tensor) -> Tensor:
    return values.round().clamp(0, 255).to(torch.uint8)


def _transform(inputs: Tensor, matrices: Tensor, spec: DatasetSpec) -> Tensor:
    """matrices: [count, 2, 3], from which place each pixel is sampled, in pixels from the centre."""
    height, width = inputs.shape[-2:]
    sizes = torch.tensor([width, height], dtype=torch.float32)
    relative = matrices.float().clone()
    relative[:, :, :2] *= sizes / sizes[:, None]
    relative[:, :, 2] *= 2 / sizes
    grid = F.affine_grid(relative, list(inputs.shape), align_corners=False)
    padding = "zeros" if spec.is_line_drawing else "border"
    return _to_pixels(F.grid_sample(inputs.float(), grid, padding_mode=padding, align_corners=False))


def _rotate(inputs: Tensor, level: float, randoms: Randoms, spec: DatasetSpec) -> Tensor:
    sides = torch.tensor([1.0 if random.random() < 0.5 else -1.0 for random in randoms])
    angles = math.radians(level) * sides
    zeros = torch.zeros_like(angles)
    rows = [angles.cos(), -angles.sin(), zeros, angles.sin(), angles.cos(), zeros]
    return _transform(inputs, torch.stack(rows, dim=1).view(-1, 2, 3), spec)


def _shift(inputs: Tensor, level: float, randoms: Randoms, spec: DatasetSpec) -> Tensor:
    directions = torch.tensor([random.uniform(0, 2 * math.pi) for random in randoms])
    distance = level / 100 * max(inputs.shape[-2:])
    offsets = torch.stack([directions.cos(), directions.sin()], dim=1) * distance
    return _transform(inputs, torch.cat([torch.eye(2).expand(len(inputs), 2, 2), offsets[:, :, None]], dim=2), spec)


def _scale(inputs: Tensor, level: float, _randoms: Randoms, spec: DatasetSpec) -> Tensor:
    matrix = torch.tensor([[1.0, 0, 0], [0, 1, 0]]) / (1 + level / 100)
    return _transform(inputs, matrix.expand(len(inputs), 2, 3), spec)


def _widen_strokes(inputs: Tensor, level: float, _randoms: Randoms, _spec: DatasetSpec) -> Tensor:
    fine = F.interpolate(inputs.float(), scale_factor=_FINE, mode="bilinear", align_corners=False)
    sign = 1 if level > 0 else -1
    fine = sign * fine
    # Both edges move by half of the level. A cross and a square in turn make an octagon, which is nearly round.
    for step in range(round(abs(level) * _FINE / 2)):
        if step % 2:
            fine = F.max_pool2d(fine, 3, stride=1, padding=1)
        else:
            across, down = (F.max_pool2d(fine, kernel, 1, pad) for kernel, pad in (((1, 3), (0, 1)), ((3, 1), (1, 0))))
            fine = torch.maximum(across, down)
    return _to_pixels(F.avg_pool2d(sign * fine, _FINE))


def _add_noise(inputs: Tensor, level: float, randoms: Randoms, _spec: DatasetSpec) -> Tensor:
    noise = np.stack([random.standard_normal(inputs.shape[1:], dtype=np.float32) for random in randoms])
    return _to_pixels(inputs.float() + 255 * level / 100 * torch.from_numpy(noise))


def _blur(inputs: Tensor, level: float, _randoms: Randoms, _spec: DatasetSpec) -> Tensor:
    from scipy.ndimage import gaussian_filter

    pixels: npt.NDArray[np.float32] = inputs.numpy().astype(np.float32)
    return _to_pixels(torch.from_numpy(gaussian_filter(pixels, (0, 0, level, level), mode="nearest")))


def _lower_contrast(inputs: Tensor, level: float, _randoms: Randoms, _spec: DatasetSpec) -> Tensor:
    pixels = inputs.float()
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)
    return _to_pixels(mean + (1 - level / 100) * (pixels - mean))


PICTURE_PERTURBATIONS = (
    Perturbation(
        "rotation",
        N_("Rotation"),
        N_("Each picture is turned by this angle, to the left or to the right."),
        "°",
        N_("Angle"),
        (0, 10, 20, 30, 45, 60, 90, 135, 180),
        _is_pictures,
        _rotate,
    ),
    Perturbation(
        "shift",
        N_("Shift"),
        N_("Each picture is moved in a random direction by this part of its width."),
        "%",
        N_("Distance"),
        (0, 5, 10, 15, 20, 25, 30, 40),
        _is_pictures,
        _shift,
    ),
    Perturbation(
        "scale",
        N_("Size"),
        N_("Each picture is made smaller (below 0) or larger."),
        "%",
        N_("Change of the size"),
        (-60, -50, -40, -30, -20, -10, 0, 10, 20, 30, 40, 60, 80),
        _is_pictures,
        _scale,
    ),
    Perturbation(
        "stroke",
        N_("Stroke thickness"),
        N_("The strokes are made thinner (below 0) or thicker by so many pixels."),
        "px",
        N_("Change of the thickness"),
        (-2, -1.5, -1, -0.5, 0, 1, 2, 3, 4, 5),
        _is_line_drawings,
        _widen_strokes,
    ),
    Perturbation(
        "noise",
        N_("Noise"),
        N_(
            "Random numbers are added to the pixels; the level is their standard deviation, as a part of full brightness."
        ),
        "%",
        N_("Standard deviation"),
        (0, 5, 10, 20, 30, 40, 60, 80),
        _is_pictures,
        _add_noise,
    ),
    Perturbation(
        "blur",
        N_("Blur"),
        N_("Each pixel becomes a mean of those around it (Gaussian blur); the level is the radius."),
        "px",
        N_("Radius"),
        (0, 0.5, 1, 1.5, 2, 3, 4),
        _is_pictures,
        _blur,
    ),
    Perturbation(
        "contrast",
        N_("Contrast"),
        N_("All pixels are moved towards the mean of their picture; at 100 % it would be evenly grey."),
        "%",
        N_("Contrast removed"),
        (0, 20, 40, 60, 80, 90, 95),
        _is_pictures,
        _lower_contrast,
    ),
)
