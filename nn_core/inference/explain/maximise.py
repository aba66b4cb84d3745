"""The input that excites a unit most: found by gradient ascent, and among given pictures.

The picture starts as noise and follows the gradient of the unit's response (activation maximisation: Erhan et al., 2009). Three
published regularisers keep it from becoming noise: a penalty on the squared pixels, "L2 decay" (Simonyan, Vedaldi and Zisserman, 2014),
a penalty on differences between neighbouring pixels, "total variation" (Mahendran and Vedaldi, 2015), and small random shifts, turns and
scalings before each step, which the picture must survive (Mordvintsev, Olah and Tyka, 2015; Olah, Mordvintsev and Schubert, 2017).
All three fade out towards the end.

The response of a unit is its largest value over all positions, before the activation function, which would have no gradient where
it is flat.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data.transforms import normalize
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.explain.layers import get_values, record_layers, run_to_layer, to_maps
from nn_core.inference.network import TrainedNetwork

__all__ = ["ExcitingInput", "UnitResponses", "compute_responses", "find_exciting_input"]

_STEPS = 160
_STARTS = 32
_STEP_SIZE = 0.12  # of the range from black to white, at the beginning
_VARIATION = 0.7
_DECAY = 0.4
_FLOOR = 0.3  # of the strength of both, which fades out towards the end
_SHIFT, _ANGLE, _SCALE = 0.07, math.radians(6), 0.06  # the largest random changes; the shift as a fraction of the side
_PART = 200  # pictures whose values are in memory at once


@dataclass(frozen=True)
class UnitResponses:
    """How strongly pictures excite the units of a layer.

    Attributes:
        values: float32 [pictures, units]; the largest value over all positions, before the activation function.
        rows, columns: int64 [pictures, units]; where on the map it is.
    """

    values: Tensor
    rows: Tensor
    columns: Tensor

    def find_strongest(self, unit: int, count: int) -> list[int]:
        """Return the pictures that excite the unit most, strongest first."""
        return self.values[:, unit].argsort(descending=True, stable=True)[:count].tolist()


@dataclass(frozen=True)
class ExcitingInput:
    """A picture made for a unit.

    Attributes:
        picture: uint8 [channels, height, width].
        response: of the unit to it.
        start: its response to the noise with which the search began.
    """

    picture: Tensor
    response: float
    start: float


def compute_responses(network: TrainedNetwork, pictures: Tensor, layer: str) -> UnitResponses:
    """Compute the responses of all units of a layer to pictures, uint8 [count, channels, height, width].

    Raises:
        BadInput: the network has no layer of this name.
    """
    strongest: list[Tensor] = []
    places: list[Tensor] = []
    width = 1
    for part in pictures.split(min(_PART, network.batch_size)):
        maps = to_maps(network, run_to_layer(network, part, layer).response).float().cpu()
        width = maps.shape[3]
        values, where = maps.flatten(2).max(dim=2)
        strongest.append(values)
        places.append(where)
    where = torch.cat(places)
    return UnitResponses(torch.cat(strongest), where // width, where % width)


def find_exciting_input(
    network: TrainedNetwork,
    layer: str,
    unit: int,
    *,
    seed: int = 0,
    steps: int = _STEPS,
    on_progress: Callable[[float], None] | None = None,
) -> ExcitingInput:
    """Search for the picture that excites a unit most. The same seed gives the same picture.

    Args:
        network: one that reads pictures.
        layer: the name of one of its layers.
        unit: of the layer, from 0.
        seed: of the first noise and of the random changes.
        steps: of the search.
        on_progress: is called with the fraction that is done.

    Raises:
        BadInput: no such layer or unit, or the unit's response never changes.
    """
    if network.spec.kind != "pictures":
        raise BadInput(
            _("This run was trained on {data}, which has no pictures. Choose a run trained on pictures.").format(
                data=network.spec.name
            )
        )
    random = torch.Generator().manual_seed(seed)
    mean = torch.tensor(network.spec.mean, device=network.device).view(-1, 1, 1).clamp(0.0, 1.0)
    picture = _choose_noise(network, layer, unit, mean, random)
    start = best_response = _measure(network, layer, unit, picture)
    best, moved = picture, torch.zeros_like(picture)
    for step in range(steps):
        strength = 1 - step / steps
        restraint = max(strength, _FLOOR)
        with torch.enable_grad():
            pixels = picture.clone().requires_grad_()
            response = _respond(network, layer, unit, _vary(pixels, random, min(1.0, 1.5 * strength)))
            (rise,) = torch.autograd.grad(response.sum(), pixels)
            (roughness,) = torch.autograd.grad(_measure_variation(pixels), pixels)
        scale = float(rise.square().mean().sqrt())
        if scale == 0 and step == 0:
            raise BadInput(
                _("Unit {unit} of layer '{layer}' has the same response to every input: choose another unit.").format(
                    unit=unit, layer=layer
                )
            )
        uphill = rise / max(scale, 1e-12) - restraint * (_VARIATION * roughness + _DECAY * (picture - mean))
        moved = 0.7 * moved + 0.3 * uphill
        picture = (picture + _STEP_SIZE * (0.15 + strength) * moved).clamp(0, 1)
        if step > 0.7 * steps and (reached := _measure(network, layer, unit, picture)) > best_response:
            best, best_response = picture, reached
        if on_progress and step % 10 == 9:
            on_progress((step + 1) / steps)
    pixels = (best * 255).round().byte()
    return ExcitingInput(pixels[0].cpu(), _measure(network, layer, unit, pixels.float() / 255), start)


def _choose_noise(network: TrainedNetwork, layer: str, unit: int, mean: Tensor, random: torch.Generator) -> Tensor:
    """Return the noise, [1, channels, height, width] from 0 to 1, that excites the unit most: fine or coarse, around the mean.

    From a single start the search can end in a poor local optimum.
    """
    channels, height, width = network.spec.shape
    fine = torch.rand(1, channels, height, width, generator=random)
    coarse = torch.rand(_STARTS - 1, channels, 5, 5, generator=random)
    coarse = F.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=True)
    pictures = torch.cat([0.2 * (fine - 0.5), 0.6 * (coarse - 0.5)]).to(network.device)
    pictures = (mean + pictures).clamp(0, 1)
    with torch.no_grad():
        best = int(_respond(network, layer, unit, pictures).argmax())
    return pictures[best : best + 1]


def _respond(network: TrainedNetwork, layer: str, unit: int, pixels: Tensor) -> Tensor:
    """The unit's response to each picture of pixels from 0 to 1, [count, channels, height, width] → [count]; it can be differentiated."""
    values = get_values(record_layers(network, normalize(255 * pixels, network.spec)), layer)
    maps = to_maps(network, values.response)
    if not 0 <= unit < maps.shape[1]:
        raise BadInput(
            _("Layer '{layer}' has no unit {unit}: choose one from 0 to {last}.").format(
                layer=layer, unit=unit, last=maps.shape[1] - 1
            )
        )
    return maps[:, unit].flatten(1).amax(dim=1)


def _measure(network: TrainedNetwork, layer: str, unit: int, pixels: Tensor) -> float:
    with torch.no_grad():
        return float(_respond(network, layer, unit, pixels))


def _vary(pixels: Tensor, random: torch.Generator, strength: float) -> Tensor:
    """Shift, turn and scale at random, at most as far as the strength from 0 to 1 allows."""
    across, down, turn, size = (strength * (2 * torch.rand(4, generator=random) - 1)).tolist()
    scale, angle = 1 + size * _SCALE, turn * _ANGLE
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    theta = torch.tensor([[cos, -sin, 2 * across * _SHIFT], [sin, cos, 2 * down * _SHIFT]], device=pixels.device)
    grid = F.affine_grid(theta.unsqueeze(0), list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="border", align_corners=False)


def _measure_variation(pixels: Tensor) -> Tensor:
    """The sum of the differences between neighbouring pixels (anisotropic total variation, smoothed at 0)."""
    down, across = pixels.diff(dim=2), pixels.diff(dim=3)
    return (down.square() + 1e-4).sqrt().sum() + (across.square() + 1e-4).sqrt().sum()
