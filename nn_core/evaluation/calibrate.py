"""Fits the confidence calibration of a trained network and the detection of out-of-distribution samples.

Uses the training data and the validation data split off from it, never the test data.
"""

from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data import Dataset
from nn_core.data.split import split_train_val
from nn_core.inference.calibration import Calibration, FeatureDistribution, write_calibration
from nn_core.inference.network import TrainedNetwork
from nn_core.statistics import reliability

__all__ = ["calibrate", "compute_calibration_error"]

_MOST_VALIDATION = 10_000  # samples
_MOST_TRAINING = 5_000  # samples, enough to estimate their distribution
_MOST_FEATURES = 20_000_000  # over all training samples, where each sample has very many
_AXES = 64  # with 32, more scribbles are accepted at the same rate of accepted digits
_IN_DISTRIBUTION_RATE = 0.98  # of the validation samples
_MIN_VARIANCE = 1e-8
_TEMPERATURES = (0.2, 5.0)


def calibrate(
    network: TrainedNetwork, dataset: Dataset, step: int | None = None, file: Path | None = None
) -> Calibration:
    """Fit the temperature on the validation data, and for a network that reads drawings also the distribution of its features.

    Args:
        network: its own calibration is not used.
        dataset: the data set that the network was trained on.
        step: the training step after which the network was saved.
        file: where to write the result, if anywhere.

    Raises:
        OSError: the file cannot be written.
    """
    settings = network.config
    train, val = split_train_val(
        dataset, settings.data.validation_share, settings.training.seed, settings.data.train_examples
    )
    validation = dataset.train.take(_spread(val, _MOST_VALIDATION))
    logits, features = network.compute_outputs_and_features(validation.inputs)
    distribution = None
    if network.spec.is_line_drawing:
        count = min(_MOST_TRAINING, max(_MOST_TRAINING // 10, _MOST_FEATURES // features.shape[1]))
        known = dataset.train.take(_spread(train, count))
        known_features = network.compute_outputs_and_features(known.inputs)[1]
        distribution = _fit_distribution(known_features, known.labels, features, logits.shape[1])
    calibration = Calibration(_fit_temperature(logits, validation.labels), distribution)
    if file:
        error_before, error = (
            compute_calibration_error(fitted.compute_probabilities(logits), validation.labels)
            for fitted in (Calibration(), calibration)
        )
        write_calibration(file, calibration, step, error_before=error_before, error=error)
    return calibration


def compute_calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """Return the expected calibration error, from 0 to 1, as `nn_core.statistics.reliability` measures it."""
    confidence, answers = probabilities.max(dim=1)
    return reliability.compute_calibration_error(reliability.make_bins(confidence.numpy(), (answers == labels).numpy()))


def _spread(rows: Tensor, most: int) -> Tensor:
    """At most that many of the rows, evenly spread, because data is often ordered by class."""
    if len(rows) <= most:
        return rows
    return rows[torch.linspace(0, len(rows) - 1, most).round().long()]


def _fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature of maximum likelihood; the likelihood has one maximum along it."""
    from scipy.optimize import minimize_scalar

    def loss(temperature: float) -> float:
        return F.cross_entropy(logits.double() / temperature, labels).item()

    return float(minimize_scalar(loss, bounds=_TEMPERATURES, method="bounded").x)


def _fit_distribution(known: Tensor, labels: Tensor, validation: Tensor, classes: int) -> FeatureDistribution | None:
    """None where a class has no sample. known: features of training samples; validation: those of validation samples."""
    if len(labels.unique()) < classes:
        return None
    known = F.normalize(known)
    means = torch.stack([known[labels == label].mean(dim=0) for label in range(classes)])
    offsets = known - means[labels]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # svd_lowrank starts from random directions
        _left, sizes, axes = torch.svd_lowrank(offsets, q=min(_AXES, *offsets.shape))
    variances = sizes.square() / len(offsets)
    other_directions = max(1, known.shape[1] - len(variances))
    rest = (offsets.square().sum() / len(offsets) - variances.sum()).clamp(min=0) / other_directions
    distribution = FeatureDistribution(
        means, axes.T, variances.clamp(min=_MIN_VARIANCE), rest.clamp(min=_MIN_VARIANCE), float("inf")
    )
    distances = distribution.compute_distances(validation).double()
    return replace(distribution, max_distance=distances.quantile(_IN_DISTRIBUTION_RATE).item())
