"""The figures of each layer's parameters: norms, the change in a step, and histograms of weights and gradients.

Reading a number from the device waits for it, so all norms are read at once and all histograms are counted in one pass.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nn_core.vitals.records import GRADIENT_EXPONENTS, HISTOGRAM_BINS, Histogram, LayerVitals

__all__ = ["WeightMeter"]

_MAX_SAMPLES = 2048  # numbers of a layer for a histogram
_LIMIT_IN_RMS = 4  # a histogram of weights reaches at least this many root mean squares to either side

Values = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Layer:
    """name: in the network. rows: its parameters among all; sizes: how many numbers they have together, and in the histograms."""

    name: str
    rows: slice
    count: int
    sampled: int


class WeightMeter:
    """Measures the parameters of a network, layer by layer.

    Attributes:
        copied_at: The step after which the parameters were copied last, -1 without a copy.
    """

    def __init__(self, model: nn.Module) -> None:
        """model: the network that is trained; its parameters are changed in place."""
        self._parameters: list[Tensor] = []
        self._steps: list[int] = []
        self.layers: list[_Layer] = []
        for name, module in model.named_modules():
            if own := [parameter for parameter in module.parameters(recurse=False) if parameter.numel()]:
                self._add_layer(name, own)
        self._before: list[Tensor] = []
        self.copied_at = -1
        self._row_of_sample = np.repeat(np.arange(len(self.layers)), [layer.sampled for layer in self.layers])

    def _add_layer(self, name: str, own: Sequence[Tensor]) -> None:
        start, total = len(self._parameters), sum(parameter.numel() for parameter in own)
        step = max(1, math.ceil(total / _MAX_SAMPLES))
        self._parameters += own
        self._steps += [step] * len(own)
        sampled = sum(math.ceil(parameter.numel() / step) for parameter in own)
        self.layers.append(_Layer(name or "network", slice(start, len(self._parameters)), total, sampled))

    def copy_weights(self, step: int) -> None:
        """Copy all parameters before a step, to measure by how much the step changes them. step: completed steps."""
        with torch.no_grad():
            if self._before:
                torch._foreach_copy_(self._before, self._parameters)
            else:
                self._before = [parameter.detach().clone() for parameter in self._parameters]
        self.copied_at = step

    @torch.no_grad()
    def measure(self, step: int) -> dict[str, LayerVitals]:
        """Measure every layer. The update ratio is None unless `copy_weights` was called exactly one step before.

        Args:
            step: Completed steps.
        """
        gradients = [parameter.grad for parameter in self._parameters]
        zero = self._parameters[0].new_zeros(())
        norms = [self._parameters, [zero if gradient is None else gradient for gradient in gradients]]
        is_comparable = self.copied_at == step - 1 and bool(self._before)
        read = [torch.stack(torch._foreach_norm(tensors)) for tensors in norms]
        if is_comparable:
            read.append(torch.stack(torch._foreach_norm(self._before)))
            torch._foreach_sub_(self._before, self._parameters)
            read.append(torch.stack(torch._foreach_norm(self._before)))
            self.copied_at = -1
        weight_norms, gradient_norms, *changes = torch.stack(read).double().cpu().numpy()
        weights = self._count_weights(weight_norms)
        slopes = self._count_gradients(gradients)
        return {
            layer.name: LayerVitals.model_construct(
                weight_norm=_join(weight_norms, layer),
                gradient_norm=_join(gradient_norms, layer) if _has_gradient(gradients, layer) else None,
                update_ratio=_divide(_join(changes[1], layer), _join(changes[0], layer)) if is_comparable else None,
                weights=weights[index],
                gradients=slopes[index] if _has_gradient(gradients, layer) else None,
            )
            for index, layer in enumerate(self.layers)
        }

    def _sample(self, tensors: Sequence[Tensor | None]) -> Values:
        """Return evenly spaced numbers of all layers, one layer after the other; zeros for a tensor that is None."""
        parts = [
            parameter.new_zeros(math.ceil(parameter.numel() / step))
            if tensor is None
            else tensor.detach().reshape(-1)[::step]
            for tensor, parameter, step in zip(tensors, self._parameters, self._steps, strict=True)
        ]
        return cast(Values, torch.cat(parts).float().cpu().numpy())

    def _count_weights(self, norms: npt.NDArray[np.float64]) -> list[Histogram | None]:
        limits = []
        for layer in self.layers:
            rms = (_join(norms, layer) or 0.0) / math.sqrt(layer.count)
            limits.append(2.0 ** math.ceil(math.log2(max(_LIMIT_IN_RMS * rms, 2.0**-30))))
        half = HISTOGRAM_BINS // 2
        with np.errstate(invalid="ignore"):
            places = self._sample(self._parameters) * (half / np.array(limits)[self._row_of_sample]) + half
        return self._count(places, limits)

    def _count_gradients(self, gradients: Sequence[Tensor | None]) -> list[Histogram | None]:
        sizes = np.abs(self._sample(gradients))
        # frexp gives x = m · 2^e with m from a half to 1, so e - 1 is the whole part of log2; it gives e = 0 for 0.
        places = np.where(sizes > 0, np.frexp(sizes)[1] - 1 - GRADIENT_EXPONENTS[0], 0)
        return self._count(places, [0.0] * len(self.layers))

    def _count(self, places: npt.NDArray[np.generic], limits: Sequence[float]) -> list[Histogram | None]:
        """Count the samples of each layer in bins. places: the bin of each sample, with fractions; may be outside."""
        bins = np.nan_to_num(places, nan=0.0).clip(0, HISTOGRAM_BINS - 1).astype(np.int64)
        counts: Counts = np.bincount(
            self._row_of_sample * HISTOGRAM_BINS + bins, minlength=len(self.layers) * HISTOGRAM_BINS
        ).reshape(-1, HISTOGRAM_BINS)
        heights = np.ceil(255 * counts / counts.max(axis=1, keepdims=True)).astype(np.uint8)
        return [
            Histogram.model_construct(limit=limit, heights=base64.b64encode(row.tobytes()).decode())
            for limit, row in zip(limits, heights, strict=True)
        ]


def _has_gradient(gradients: Sequence[Tensor | None], layer: _Layer) -> bool:
    return any(gradient is not None for gradient in gradients[layer.rows])


def _join(norms: npt.NDArray[np.float64], layer: _Layer) -> float | None:
    """The norm of all parameters of a layer from the norms of each; None if it is not finite."""
    norm = float(np.sqrt(np.square(norms[layer.rows]).sum()))
    return norm if math.isfinite(norm) else None


def _divide(change: float | None, norm: float | None) -> float | None:
    return change / norm if change is not None and norm else None
