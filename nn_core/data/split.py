"""Holds a validation split out of the training data."""

import torch
from torch import Tensor

from nn_core.data.dataset import Dataset

__all__ = ["split_stratified", "split_train_val"]


def split_train_val(dataset: Dataset, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """`stratified_split` of the training samples; what is always learned is never held out."""
    samples = dataset.train
    free = len(samples) - dataset.always_learned
    origins = None if samples.origins is None else samples.origins[:free]
    learned, held = split_stratified(samples.labels[:free], share, seed, origins)
    return torch.cat([learned, torch.arange(free, len(samples))]), held


def split_stratified(labels: Tensor, share: float, seed: int, origins: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(rows to train on, rows held out for validation): of all samples the `share` is held out, from every class in
    proportion, drawn with `seed`; the same seed always draws the same. Both keep the order of `labels`. Samples
    of the same origin (`Split.origins`) stay together."""
    if origins is None:
        held = _drawn(labels, share, seed)
    else:
        distinct, numbers = origins.unique(return_inverse=True)
        held = _drawn(labels.new_empty(len(distinct)).scatter_(0, numbers, labels), share, seed)[numbers]
    return torch.nonzero(~held).flatten(), torch.nonzero(held).flatten()


def _drawn(labels: Tensor, share: float, seed: int) -> Tensor:
    """bool [count]: which are held out."""
    random = torch.Generator().manual_seed(seed)
    # Number each class's samples in random order, evenly over 0…1: the lowest numbers overall are a share of every class.
    number = torch.empty(len(labels))
    for label in labels.unique():
        members = torch.nonzero(labels == label).flatten()
        number[members[torch.randperm(len(members), generator=random)]] = (torch.arange(len(members)) + 0.5) / len(
            members
        )
    held = torch.zeros(len(labels), dtype=torch.bool)
    held[number.argsort(stable=True)[: round(share * len(labels))]] = True
    return held
