"""Confidence calibration and out-of-distribution detection of a network: `calibration.safetensors` of a run.

The file's metadata is {"step": 5000, "temperature": 1.1, "error_before": 0.012, "error": 0.004, "farthest": 41.3}; its tensors are
those of `FeatureDistribution`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nn_core.atomic_io import replace_bytes
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete, pack_weights

__all__ = ["UNCALIBRATED", "Calibration", "FeatureDistribution", "read_calibration", "write_calibration"]

_TENSORS = ("means", "axes", "variances", "rest")


@dataclass(frozen=True)
class FeatureDistribution:
    """The distribution of training samples in a network's last hidden layer, normalised to unit length: a Gaussian around the mean of
    each class, with a shared covariance that has a few main axes (probabilistic PCA, Tipping and Bishop, 1999).

    Sources: Lee et al., 2018; Müller and Hein, "Mahalanobis++", 2025.

    Attributes:
        means: [classes, features].
        axes: [axes, features], orthonormal.
        variances: [axes], along the axes.
        rest: [], the variance along every other direction.
        max_distance: the squared Mahalanobis distance to the nearest mean above which a sample is out of distribution.
    """

    means: Tensor
    axes: Tensor
    variances: Tensor
    rest: Tensor
    max_distance: float

    def compute_distances(self, features: Tensor) -> Tensor:
        """Return the squared Mahalanobis distances to the nearest mean: [count, features] → [count]."""
        offsets = F.normalize(features).unsqueeze(1) - self.means
        along = offsets @ self.axes.T
        residual = (offsets.square().sum(dim=2) - along.square().sum(dim=2)).clamp(min=0)
        return ((along.square() / self.variances).sum(dim=2) + residual / self.rest).amin(dim=1)


@dataclass(frozen=True)
class Calibration:
    """How to turn logits into honest probabilities, and how to detect samples unlike the training data.

    Attributes:
        temperature: the logits are divided by it, so that answers with a confidence of 90 % are right nine times out of ten
            (Guo et al., 2017).
        distribution: None for a network that detects nothing as out of distribution.
        damage: a sentence for the user where the file is damaged; the other attributes are then the defaults.
    """

    temperature: float = 1.0
    distribution: FeatureDistribution | None = None
    damage: str = ""

    def compute_probabilities(self, logits: Tensor) -> Tensor:
        """[count, classes] → the same shape, each row summing to 1."""
        return (logits / self.temperature).softmax(dim=1)

    def detect_out_of_distribution(self, features: Tensor) -> Tensor:
        """[count, features] → bool [count]: which samples are unlike everything that the network was trained on."""
        if self.distribution is None:
            return torch.zeros(len(features), dtype=torch.bool)
        return self.distribution.compute_distances(features) > self.distribution.max_distance


UNCALIBRATED = Calibration()


def read_calibration(run: RunFolder) -> Calibration:
    """Return the calibration of the run's best network, or `UNCALIBRATED` where there is none or it belongs to an earlier network.

    A damaged file gives an uncalibrated result whose `damage` says so. For a shipped run, a calibration computed on this machine
    replaces a shipped file that cannot be used.
    """
    best = run.status().best
    damage = ""
    for file in run.computed(run.calibration_file):
        try:
            if calibration := _read(file, best.step if best else None):
                return calibration
        except FileNotFoundError:
            continue
        except (OSError, SafetensorError, ValueError, LookupError, TypeError):
            damage = _(
                "Run '{run}' has a damaged file, {file}, so its confidence is not calibrated. The page Evaluate "
                "measures it again, and so does python -m nn_core evaluate."
            ).format(run=run.name, file=file.name)
    return Calibration(damage=damage) if damage else UNCALIBRATED


def _read(path: Path, step: int | None) -> Calibration | None:
    """Return None if the file belongs to another network than the one saved after `step`. Raises OSError, SafetensorError, ValueError,
    LookupError or TypeError for a damaged file."""
    with path.open("rb") as stream:
        check_complete(stream)
    with safe_open(path, framework="pt") as file:
        metadata = json.loads((file.metadata() or {})["nn_lab"])
        if step is None or metadata["step"] != step:
            return None
        distribution = None
        if set(_TENSORS) <= set(file.keys()):
            tensors = {name: file.get_tensor(name) for name in _TENSORS}
            distribution = FeatureDistribution(**tensors, max_distance=float(metadata["farthest"]))
        return Calibration(float(metadata["temperature"]), distribution)


def write_calibration(
    file: Path, calibration: Calibration, step: int | None, *, error_before: float, error: float
) -> None:
    """Write calibration.safetensors.

    Args:
        file: its path.
        calibration: what to write.
        step: the training step after which the network was saved; `read_calibration` compares it.
        error_before: the calibration error on the validation data at temperature 1.
        error: the same at the fitted temperature.

    Raises:
        OSError: the file cannot be written.
    """
    distribution = calibration.distribution
    tensors = {name: getattr(distribution, name).contiguous() for name in _TENSORS if distribution}
    metadata = {
        "step": step,
        "temperature": calibration.temperature,
        "error_before": error_before,
        "error": error,
        "farthest": distribution.max_distance if distribution else None,
    }
    replace_bytes(file, pack_weights(tensors, metadata))
