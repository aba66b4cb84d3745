"""Splits samples into training and validation data, and custom data sets into training and test data.

Importing this does not import torch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data.dataset import Dataset

__all__ = ["TEST_FRACTION", "split_stratified", "split_train_test", "split_train_val"]

TEST_FRACTION = 0.2


def split_train_val(dataset: Dataset, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Apply `split_stratified` to the training samples, except those that are never held out."""
    import torch

    samples = dataset.train
    end = len(samples) - dataset.never_held_out
    group_ids = None if samples.group_ids is None else samples.group_ids[:end]
    train_rows, val_rows = split_stratified(samples.labels[:end], fraction, seed, group_ids)
    return torch.cat([train_rows, torch.arange(end, len(samples))]), val_rows


def split_stratified(
    labels: Tensor, fraction: float, seed: int, group_ids: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Hold out a fraction of the samples of every class, at random. The same seed always holds out the same samples.

    Args:
        labels: int64 [count].
        fraction: how much of all samples to hold out.
        seed: the seed of the random choice.
        group_ids: int64 [count]; samples of the same group stay together (see `Split.group_ids`).

    Returns:
        (rows to train on, rows held out), both in the order of `labels`.
    """
    import torch

    if group_ids is None:
        held_out = _choose_held_out(labels, fraction, seed)
    else:
        groups, indices = group_ids.unique(return_inverse=True)
        group_labels = labels.new_empty(len(groups)).scatter_(0, indices, labels)
        held_out = _choose_held_out(group_labels, fraction, seed)[indices]
    return torch.nonzero(~held_out).flatten(), torch.nonzero(held_out).flatten()


def _choose_held_out(labels: Tensor, fraction: float, seed: int) -> Tensor:
    """Return bool [count]: which are held out."""
    import torch

    random = torch.Generator().manual_seed(seed)
    # Number each class's samples in random order, evenly over 0…1: the lowest numbers overall are a fraction of every class.
    number = torch.empty(len(labels))
    for label in labels.unique():
        members = torch.nonzero(labels == label).flatten()
        number[members[torch.randperm(len(members), generator=random)]] = (torch.arange(len(members)) + 0.5) / len(
            members
        )
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    held_out[number.argsort(stable=True)[: round(fraction * len(labels))]] = True
    return held_out


def split_train_test(digests: Sequence[bytes], labels: Sequence[int]) -> list[bool]:
    """Choose the test samples: a fifth of each class, and at least one for training and one for the test if a class has two
    distinct samples.

    Args:
        digests: a checksum of each sample. Equal samples stay together, so that no test sample is in the training data. The
            checksums also replace random numbers: the same samples are split the same way, in any order.
        labels: the class of each sample.

    Returns:
        For each sample, whether it is for the test.
    """
    members: dict[bytes, int] = defaultdict(int)
    owner: dict[bytes, int] = {}
    for digest, label in zip(digests, labels, strict=True):
        members[digest] += 1
        owner.setdefault(digest, label)
    of_class: dict[int, list[bytes]] = defaultdict(list)
    for digest, label in owner.items():
        of_class[label].append(digest)
    for_test: set[bytes] = set()
    for distinct in of_class.values():
        wanted = TEST_FRACTION * sum(members[digest] for digest in distinct)
        # A very frequent sample is for training; otherwise it could be the whole test.
        rare = [digest for digest in sorted(distinct) if members[digest] <= max(1, wanted)]
        if not rare and len(distinct) > 1:
            rare = [min(distinct, key=lambda digest: (members[digest], digest))]
        count = 0
        for digest in rare if len(distinct) > 1 else []:
            if count < wanted:
                for_test.add(digest)
                count += members[digest]
    return [digest in for_test for digest in digests]
