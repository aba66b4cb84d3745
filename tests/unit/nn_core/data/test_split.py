"""Stratified choices of samples: for validation, and how many a run trains on."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nn_core.config import RunConfig, apply_settings
from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.split import choose_stratified, split_train_val
from nn_core.errors import ConfigError

UNEVEN = torch.cat([torch.full((count,), label) for label, count in enumerate((600, 300, 90, 9, 1))])
UNEVEN = UNEVEN[torch.randperm(1000, generator=torch.Generator().manual_seed(3))]
COUNTS = [10, 11, 37, 100, 250, 999]


def counts_of(labels: Tensor, rows: Tensor) -> list[int]:
    return labels[rows].bincount(minlength=5).tolist()


@pytest.mark.parametrize("count", COUNTS)
def test_every_class_has_its_share_and_at_least_one(count: int) -> None:
    chosen = counts_of(UNEVEN, choose_stratified(UNEVEN, count, seed=0))
    assert sum(chosen) == count
    for label, of_class in enumerate((600, 300, 90, 9, 1)):
        share = count * of_class / 1000
        assert max(1, share - 3) <= chosen[label] <= max(1, share + 2)


def test_the_first_are_among_more_and_the_seed_decides() -> None:
    chosen = [set(choose_stratified(UNEVEN, count, seed=0).tolist()) for count in COUNTS]
    for fewer, more in pairwise(chosen):
        assert fewer < more
    assert set(choose_stratified(UNEVEN, 100, seed=0).tolist()) == chosen[COUNTS.index(100)]
    assert set(choose_stratified(UNEVEN, 100, seed=1).tolist()) != chosen[COUNTS.index(100)]


def test_more_than_there_are_is_all_in_the_same_order() -> None:
    assert choose_stratified(UNEVEN, 5000, seed=0).tolist() == list(range(1000))


def test_with_more_classes_than_examples_the_largest_classes_have_one_each() -> None:
    labels = torch.arange(26).repeat_interleave(torch.arange(5, 31))
    chosen = labels[choose_stratified(labels, 10, seed=0)]
    assert chosen.tolist() == list(range(16, 26))


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_the_validation_data_do_not_depend_on_the_number(sample: Dataset, count: int) -> None:
    train, validation = split_train_val(sample, 0.1, seed=0)
    few, same = split_train_val(sample, 0.1, seed=0, train_examples=count)
    assert torch.equal(same, validation)
    assert len(few) == count
    assert set(few.tolist()) < set(train.tolist())
    assert sample.train.labels[few].bincount().tolist() == 10 * [count // 10]


@pytest.mark.parametrize("count", [1, 9, -5])
def test_a_number_that_is_too_small_is_one_sentence(count: int) -> None:
    with pytest.raises(ConfigError, match=f"data.train_examples = {count} is .*at least"):
        apply_settings(RunConfig(), [f"data.train_examples={count}"])


@pytest.mark.parametrize("name", ["mnist_sample", "digits_8x8", "moons", "spiral", "blobs", "surnames"])
def test_the_counts_that_are_known_before_reading_are_those_of_the_data(name: str, tmp_path: Path) -> None:
    settings = DataSettings(name=name)
    data = load_dataset(settings, tmp_path)
    assert list(DATASETS[name].train_counts(settings)) == data.train.class_counts(len(data.spec.classes))


def test_the_counts_of_pen_digits_are_those_of_the_data(pen_digits_folder: Path) -> None:
    settings = DataSettings(name="pen_digits")
    data = load_dataset(settings, pen_digits_folder)
    assert list(DATASETS["pen_digits"].train_counts(settings)) == data.train.class_counts(10)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_counts_of_the_complete_sets_are_those_of_the_data(name: str, complete_mnist: Path) -> None:
    settings = DataSettings(name=name)
    data = load_dataset(settings, complete_mnist, download=False)
    assert list(DATASETS[name].train_counts(settings)) == data.train.class_counts(10)
