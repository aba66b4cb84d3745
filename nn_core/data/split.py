"""Holds a validation split out of the training data."""

import torch
from torch import Tensor

__all__ = ["hold_out"]


def hold_out(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """(rows to train on, rows held out for validation): of all samples the `share` is held out, from every class in
    proportion, drawn with `seed`; the same seed always draws the same. Both keep the order of `labels`."""
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
    return torch.nonzero(~held).flatten(), torch.nonzero(held).flatten()
