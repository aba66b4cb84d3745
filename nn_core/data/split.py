"""Holds a validation split out of the training data."""

import torch

from nn_core.data.dataset import Split

__all__ = ["hold_out"]


def hold_out(train: Split, share: float, seed: int) -> tuple[Split, Split]:
    """(what is left to train on, the validation split): `share` of all pictures, from every class in proportion, drawn with
    `seed`; the same seed always draws the same. Both keep the order of `train`."""
    random = torch.Generator().manual_seed(seed)
    # Number each class's pictures in random order, evenly over 0…1: the lowest numbers overall are a share of every class.
    number = torch.empty(len(train))
    for label in train.labels.unique():
        members = torch.nonzero(train.labels == label).flatten()
        number[members[torch.randperm(len(members), generator=random)]] = (torch.arange(len(members)) + 0.5) / len(
            members
        )
    held = torch.zeros(len(train), dtype=torch.bool)
    held[number.argsort(stable=True)[: round(share * len(train))]] = True
    return train.take(torch.nonzero(~held).flatten()), train.take(torch.nonzero(held).flatten())
