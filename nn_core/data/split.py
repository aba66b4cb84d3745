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

__all__ = ["TEST_FRACTION", "choose_stratified", "split_stratified", "split_train_test", "split_train_val"]

TEST_FRACTION = 0.2


def split_train_val(dataset: Dataset, fraction: float, seed: int, train_examples: int = 0) -> tuple[Tensor, Tensor]:
    """Apply `split_stratified` to the training samples, except those that are never held out.

    Args:
        dataset: the data set.
        fraction: how much of the training samples to hold out.
        seed: the seed of the run.
        train_examples: how many samples to train on, see `choose_stratified`; 0 for all. The samples that are held out do not
            depend on it. `mix_rehearsal` applies it to the older examples, so a mixed data set is not reduced again.

    Returns:
        (rows to train on, rows held out).
    """
    import torch

    samples, strata = dataset.train, dataset.strata
    end = len(samples) - dataset.never_held_out
    group_ids = None if samples.group_ids is None else samples.group_ids[:end]
    train_rows, val_rows = split_stratified(strata[:end], fraction, seed, group_ids)
    if train_examples and not dataset.never_held_out:
        return train_rows[choose_stratified(strata[train_rows], train_examples, seed)], val_rows
    return torch.cat([train_rows, torch.arange(end, len(samples))]), val_rows


def split_stratified(
    labels: Tensor, fraction: float, seed: int, group_ids: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Hold out a fraction of the samples of every class, at random, and at least one sample. The same seed always holds out the same
    samples.

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

    held_out = torch.zeros(len(labels), dtype=torch.bool)
    count = max(1, round(fraction * len(labels)))
    held_out[_number_by_class(labels, seed).argsort(stable=True)[:count]] = True
    return held_out


def choose_stratified(labels: Tensor, count: int, seed: int) -> Tensor:
    """Choose some samples at random: of every class its share, and at least one if `count` allows it.

    The same seed always chooses the same samples, and a smaller number of them is a part of a larger one.

    Args:
        labels: int64 [samples].
        count: how many samples to choose; all of them if there are fewer.
        seed: the seed of the random choice.

    Returns:
        The rows of the chosen samples, in the order of `labels`.
    """
    number = _number_by_class(labels, seed)
    for label in labels.unique():
        members = (labels == label).nonzero().flatten()
        number[members[number[members].argmin()]] = -len(members)  # before all others, that of the largest class first
    return number.argsort(stable=True)[:count].sort().values


def _number_by_class(labels: Tensor, seed: int) -> Tensor:
    """Number the samples of each class in random order, evenly over 0…1: the lowest numbers overall are a fraction of every
    class."""
    import torch

    random = torch.Generator().manual_seed(seed)
    number = torch.empty(len(labels))
    for label in labels.unique():
        members = torch.nonzero(labels == label).flatten()
        number[members[torch.randperm(len(members), generator=random)]] = (torch.arange(len(members)) + 0.5) / len(
            members
        )
    return number


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
