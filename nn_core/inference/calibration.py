"""How sure a network may say it is, and whether what it sees is like anything it learned: `calibration.safetensors` of a run.

The file's metadata hold {"step": 5000, "temperature": 1.1, "error_before": 0.012, "error": 0.004, "farthest": 41.3}, its
tensors what is typical.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete

__all__ = ["UNCALIBRATED", "Calibration", "Typical", "read_calibration"]

_TENSORS = ("means", "axes", "variances", "rest")


@dataclass(frozen=True)
class Typical:
    """Where real samples lie in a network's last hidden layer, on the unit sphere: around a mean for each class, all spread
    alike, mostly along a few axes (probabilistic PCA, Tipping and Bishop, 1999).

    means: [classes, features]; axes: [axes, features], orthonormal; variances: [axes], along them; rest: [], along all other
    directions; farthest: the squared Mahalanobis distance from the nearest mean beyond which something is unlike them.
    Sources: Lee et al., 2018; Müller and Hein, "Mahalanobis++", 2025.
    """

    means: Tensor
    axes: Tensor
    variances: Tensor
    rest: Tensor
    farthest: float

    def distances(self, features: Tensor) -> Tensor:
        """[count, features] → [count], squared, to the nearest mean."""
        away = F.normalize(features).unsqueeze(1) - self.means
        along = away @ self.axes.T
        beside = (away.square().sum(dim=2) - along.square().sum(dim=2)).clamp(min=0)
        return ((along.square() / self.variances).sum(dim=2) + beside / self.rest).amin(dim=1)


@dataclass(frozen=True)
class Calibration:
    """temperature: what logits are divided by, so that 90 % sure means right nine times of ten (Guo et al., 2017); typical:
    None for a network that refuses nothing; damage: why nothing is known, in a sentence, where the file is damaged."""

    temperature: float = 1.0
    typical: Typical | None = None
    damage: str = ""

    def probabilities(self, logits: Tensor) -> Tensor:
        """[count, classes] → the same, each row summing to 1."""
        return (logits / self.temperature).softmax(dim=1)

    def refuses(self, features: Tensor) -> Tensor:
        """[count, features] → bool [count]: whether it is like nothing that the network learned."""
        if self.typical is None:
            return torch.zeros(len(features), dtype=torch.bool)
        return self.typical.distances(features) > self.typical.farthest


UNCALIBRATED = Calibration()


def read_calibration(run: RunFolder) -> Calibration:
    """That of the run's best network; `UNCALIBRATED` while it has none, or one of an earlier network. Where the file is damaged,
    nothing is known either, and `damage` says so. Of the shipped run, what was measured here replaces a file that cannot
    be used."""
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
    """None if it belongs to another network than that after `step`. Raises OSError, SafetensorError, ValueError, LookupError or
    TypeError for a damaged file."""
    with path.open("rb") as stream:
        check_complete(stream)
    with safe_open(path, framework="pt") as file:
        about = json.loads((file.metadata() or {})["nn_lab"])
        if step is None or about["step"] != step:
            return None
        known = set(_TENSORS) <= set(file.keys())
        tensors = {name: file.get_tensor(name) for name in _TENSORS if known}
        typical = Typical(**tensors, farthest=float(about["farthest"])) if known else None
        return Calibration(float(about["temperature"]), typical)
