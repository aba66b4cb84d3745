"""Finds out how sure a trained network may say it is, and what is unlike anything it learned. Looks at the training data
and at what was held out of it for validation, never at the test split."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.atomic_io import replace_bytes
from nn_core.data import Dataset
from nn_core.data.split import split_train_val
from nn_core.inference.calibration import Calibration, Typical
from nn_core.inference.network import TrainedNetwork
from nn_core.runs.weights import pack_weights

__all__ = ["calibrate", "compute_calibration_error", "fit_calibration"]

_HELD_OUT = 10_000  # samples
_LEARNED = 5_000  # samples, as many as tell where they lie
_LEARNED_NUMBERS = 20_000_000  # of their features, where each has very many
_AXES = 64  # with 32, more scribbles pass where as many digits do
_LET_THROUGH = 0.98  # of the validation samples
_LEAST_VARIANCE = 1e-8
_BINS = 15
_TEMPERATURES = (0.2, 5.0)


def calibrate(network: TrainedNetwork, dataset: Dataset, step: int | None, file: Path) -> Calibration:
    """`fit_calibration`, and write the file that holds it. Raises OSError when that cannot be written.

    step: after which the network was saved; whoever reads the file compares it.
    """
    calibration, about = fit_calibration(network, dataset)
    typical = calibration.typical
    tensors = {name: getattr(typical, name).contiguous() for name in ("means", "axes", "variances", "rest") if typical}
    replace_bytes(file, pack_weights(tensors, {"step": step, **about}))
    return calibration


def fit_calibration(network: TrainedNetwork, dataset: Dataset) -> tuple[Calibration, dict[str, float | None]]:
    """Fit the temperature on the validation split and, for a network that reads drawings, where what it learned lies in its
    last hidden layer. Gives both, and figures about them."""
    settings = network.config
    learned, held = split_train_val(dataset, settings.data.validation_share, settings.training.seed)
    held_out = dataset.train.take(_spread(held, _HELD_OUT))
    logits, features = network.outputs_and_features(held_out.inputs)
    temperature = _temperature(logits, held_out.labels)
    typical = None
    if network.spec.is_line_drawing:
        most = min(_LEARNED, max(_LEARNED // 10, _LEARNED_NUMBERS // features.shape[1]))
        known = dataset.train.take(_spread(learned, most))
        typical = _typical(network.outputs_and_features(known.inputs)[1], known.labels, features, logits.shape[1])
    calibration = Calibration(temperature, typical)
    about = {
        "temperature": temperature,
        "error_before": compute_calibration_error(logits.softmax(dim=1), held_out.labels),
        "error": compute_calibration_error(calibration.probabilities(logits), held_out.labels),
        "farthest": typical.farthest if typical else None,
    }
    return calibration, about


def compute_calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """By how much the sureness of the answers misses how often they are right: the mean over bins of equal width, weighted
    by the answers in each. 0 to 1. Source: Naeini et al., 2015."""
    sureness, answers = probabilities.max(dim=1)
    right = (answers == labels).double()
    bins = (sureness * _BINS).long().clamp(max=_BINS - 1)
    missed = torch.zeros(_BINS, dtype=torch.float64).index_add_(0, bins, right - sureness.double())
    return (missed.abs().sum() / len(labels)).item()


def _spread(rows: Tensor, most: int) -> Tensor:
    """At most so many of the rows, spread over all of them, for data often lie in the order of their classes."""
    if len(rows) <= most:
        return rows
    return rows[torch.linspace(0, len(rows) - 1, most).round().long()]


def _temperature(logits: Tensor, labels: Tensor) -> float:
    """What makes the validation answers likeliest; the likelihood has one peak along it."""
    from scipy.optimize import minimize_scalar

    def surprise(temperature: float) -> float:
        return F.cross_entropy(logits.double() / temperature, labels).item()

    return float(minimize_scalar(surprise, bounds=_TEMPERATURES, method="bounded").x)


def _typical(known: Tensor, labels: Tensor, held_out: Tensor, classes: int) -> Typical | None:
    """None where a class was never seen."""
    if len(labels.unique()) < classes:
        return None
    known = F.normalize(known)
    means = torch.stack([known[labels == label].mean(dim=0) for label in range(classes)])
    away = known - means[labels]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # the method begins with random directions
        _left, sizes, axes = torch.svd_lowrank(away, q=min(_AXES, *away.shape))
    variances = sizes.square() / len(away)
    others = max(1, known.shape[1] - len(variances))
    rest = (away.square().sum() / len(away) - variances.sum()).clamp(min=0) / others
    typical = Typical(
        means, axes.T, variances.clamp(min=_LEAST_VARIANCE), rest.clamp(min=_LEAST_VARIANCE), float("inf")
    )
    farthest = typical.distances(held_out).double().quantile(_LET_THROUGH).item()
    return Typical(means, typical.axes, typical.variances, typical.rest, farthest)
