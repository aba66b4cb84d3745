"""Measures the data of a run without its network: the scale of the inputs, and whether similar samples have the same label."""

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.data import Dataset, DatasetSpec
from nn_core.diagnosis.measurements import Agreement, InputFigures, compute_agreement

__all__ = ["measure_inputs", "measure_neighbours"]

_MAX_QUERIES, _MAX_REFERENCES = 500, 1500
_MIN_SAMPLES = 100
_NEIGHBOURS = 5
_MAX_SIDE = 14  # pixels; smaller pictures are less sensitive to small movements
_HASHES = 1024  # of pairs of letters


def measure_inputs(inputs: Tensor) -> InputFigures:
    """Measure the channel or coordinate of normalised inputs whose mean and standard deviation are farthest from 0 and 1."""
    channels = inputs.transpose(0, 1).flatten(1).double()
    means, deviations = channels.mean(dim=1), channels.std(dim=1)
    distance = means.abs() + deviations.clamp_min(1e-6).log().abs()
    worst = int(distance.argmax())
    return InputFigures(means[worst].item(), deviations[worst].item())


def measure_neighbours(dataset: Dataset, rows: Tensor) -> Agreement | None:
    """Predict the labels of some samples from the nearest other samples.

    Where labels belong to their inputs, this is far better than guessing, for nearly all data. It needs no training, so it does not
    depend on the settings of a run.

    Args:
        dataset: The samples.
        rows: Those to compare.

    Returns:
        None with too few samples.
    """
    random = torch.Generator().manual_seed(0)
    chosen = rows[torch.randperm(len(rows), generator=random)[: _MAX_QUERIES + _MAX_REFERENCES]]
    if len(chosen) < _MIN_SAMPLES:
        return None
    features = _compute_features(dataset.train.inputs.index_select(0, chosen), dataset.spec)
    labels = dataset.train.labels.index_select(0, chosen).cpu()
    queries = min(_MAX_QUERIES, len(chosen) // 4)
    nearest = torch.cdist(features[:queries], features[queries:]).topk(_NEIGHBOURS, largest=False).indices
    classes = len(dataset.spec.classes)
    # A nearer neighbour counts slightly more, which decides ties.
    weights = 1 + 0.01 * torch.arange(_NEIGHBOURS, 0, -1, dtype=torch.float32)
    votes = torch.zeros(queries, classes).scatter_add_(1, labels[queries:][nearest], weights.expand(queries, -1))
    pairs = labels[:queries] * classes + votes.argmax(dim=1)
    return compute_agreement(pairs.bincount(minlength=classes**2).view(classes, classes).tolist())


def _compute_features(inputs: Tensor, spec: DatasetSpec) -> Tensor:
    """Return float32 [count, features] whose Euclidean distances are small for similar samples."""
    if spec.kind == "text":
        pairs = inputs[:, :-1].long() * 257 + inputs[:, 1:].long()
        pairs = torch.where((inputs[:, :-1] == 0) & (inputs[:, 1:] == 0), 0, 1 + pairs % (_HASHES - 1))
        counts = torch.zeros(len(inputs), _HASHES).scatter_add_(1, pairs, torch.ones(pairs.shape))
        return F.normalize(counts[:, 1:])
    if spec.kind == "points":
        values = inputs.float()
        return (values - values.mean(dim=0)) / values.std(dim=0).clamp_min(1e-6)
    pictures = inputs.float()
    if max(pictures.shape[-2:]) > _MAX_SIDE:
        pictures = F.adaptive_avg_pool2d(pictures, _MAX_SIDE)
    return pictures.flatten(1)
