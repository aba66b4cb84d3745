"""Holds a validation split out of the training data."""

import torch

from nn_core.data.dataset import Split

__all__ = ["hold_out"]


def hold_out(train: Split, share: float, seed: int) -> tuple[Split, Split]:
    """(what is left to train on, the validation split): `share` of every class, at least one picture of each, drawn with
    `seed`; the same seed always draws the same. Both keep the order of `train`."""
    random = torch.Generator().manual_seed(seed)
    held = torch.zeros(len(train), dtype=torch.bool)
    for label in train.labels.unique().tolist():
        members = torch.nonzero(train.labels == label).flatten()
        count = max(1, round(share * len(members)))
        held[members[torch.randperm(len(members), generator=random)[:count]]] = True
    return train.take(torch.nonzero(~held).flatten()), train.take(torch.nonzero(held).flatten())
