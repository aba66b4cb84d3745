"""The training examples nearest to an example, by what the last hidden layer computes for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nn_core.data import Dataset
from nn_core.data.split import split_train_val
from nn_core.inference import encode, find_nearest
from nn_core.inference.network import TrainedNetwork

__all__ = ["NearExample", "TrainingFeatures", "compute_training_features", "find_nearest_training"]

_MOST = 10_000
_MOST_NUMBERS = 10_000_000  # in the features of all of them: 40 MB


@dataclass(frozen=True)
class TrainingFeatures:
    """What the last hidden layer computes for training examples.

    Attributes:
        features: float32 [count, features].
        rows: int64 [count], which examples of the training split these are.
        total: how many there are to train on; more than `count` if only some were compared.
    """

    features: Tensor
    rows: Tensor
    total: int


@dataclass(frozen=True)
class NearExample:
    """A training example. row: in the training split; distance: Euclidean, between features."""

    row: int
    distance: float


def compute_training_features(
    network: TrainedNetwork,
    dataset: Dataset,
    *,
    is_substitute: bool,
    most: int = _MOST,
    on_progress: Callable[[float], None] = lambda _done: None,
) -> TrainingFeatures:
    """Compute the features of the examples that the network was trained on, without those for validation.

    Args:
        network: its latent numbers are the features if it reconstructs pictures.
        dataset: the run's, or a substitute.
        is_substitute: whether it is a substitute; then all of its training examples are taken.
        most: of more examples than this, some are taken, evenly spread.
        on_progress: is called with the fraction that is done.
    """
    if is_substitute:
        train = torch.arange(len(dataset.train))
    else:
        settings = network.config.data
        train, _val = split_train_val(
            dataset, settings.validation_share, network.config.training.seed, settings.train_examples
        )
    width = _compute_features(network, dataset.train.inputs[train[:1]]).shape[1]
    rows = train[:: -(-len(train) // min(most, max(1, _MOST_NUMBERS // width)))]
    features, done = [], 0
    for part in rows.split(network.batch_size):
        features.append(_compute_features(network, dataset.train.inputs[part]))
        done += len(part)
        on_progress(done / len(rows))
    return TrainingFeatures(torch.cat(features), rows, len(train))


def find_nearest_training(
    network: TrainedNetwork, training: TrainingFeatures, sample: Tensor, count: int
) -> list[NearExample]:
    """Find the training examples nearest to a sample, [*shape] as in `Split.inputs`, nearest first."""
    near = find_nearest(training.features, _compute_features(network, sample.unsqueeze(0))[0], count)
    return [
        NearExample(int(training.rows[index]), distance)
        for index, distance in zip(near.indices, near.distances, strict=True)
    ]


def _compute_features(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    if network.goal == "reconstruct":
        return encode(network, inputs).flatten(1)
    return network.compute_outputs_and_features(inputs)[1]
