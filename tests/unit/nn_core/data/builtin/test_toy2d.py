"""Points in the plane: reproducible, balanced, separate without noise and overlapping with noise."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from nn_core.data import DATASETS, Dataset, DataSettings, PlaneSettings, load_dataset

PLANAR = [
    name for name, spec in DATASETS.items() if spec.plane_settings == ("points", "noise") and not spec.is_regression
]


def made(name: str, points: int = 1000, noise: float = 0.1) -> Dataset:
    settings = DataSettings(name=name, plane=PlaneSettings(points=points, noise=noise))
    return load_dataset(settings, Path("/nowhere"))


def recognised(data: Dataset) -> float:
    """The share of test points that most of the training points around them are like."""
    nearest = torch.cdist(data.test.inputs, data.train.inputs).topk(15, largest=False).indices
    guessed = data.train.labels[nearest].mode(dim=1).values
    return (guessed == data.test.labels).float().mean().item()


def test_there_are_five_toy_data_sets() -> None:
    assert PLANAR == ["moons", "circles", "xor", "spiral", "blobs"]


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("points", [50, 51, 1000, 20_000])
def test_two_thirds_are_training_data_and_classes_are_balanced(name: str, points: int) -> None:
    data = made(name, points)
    assert len(data.train) + len(data.test) == points
    assert len(data.train) == pytest.approx(points * 2 / 3, abs=len(data.spec.classes) * 2 / 3 + 0.1)
    for split in (data.train, data.test):
        counts = split.class_counts(len(data.spec.classes))
        assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("name", PLANAR)
def test_they_are_independent_of_the_global_random_state(name: str) -> None:
    first = made(name)
    torch.manual_seed(77)
    before = torch.get_rng_state()
    again = made(name)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert torch.equal(first.test.inputs, again.test.inputs)


@pytest.mark.parametrize("name", PLANAR)
def test_they_are_shuffled_and_the_splits_are_disjoint(name: str) -> None:
    data = made(name)
    head = data.train.labels[: len(data.train) // 4]
    assert head.bincount().min() > len(head) / len(data.spec.classes) / 2
    assert (torch.cdist(data.test.inputs, data.train.inputs) > 0).all()


@pytest.mark.parametrize("name", PLANAR)
def test_mean_and_deviation_are_those_of_the_points(name: str) -> None:
    data = made(name, 20_000)
    assert data.train.inputs.mean(dim=0).tolist() == pytest.approx(list(data.spec.mean), abs=0.02)
    assert data.train.inputs.std(dim=0).tolist() == pytest.approx(list(data.spec.std), abs=0.01)


@pytest.mark.parametrize("name", PLANAR)
def test_points_without_noise_are_in_view_and_separate(name: str) -> None:
    data = made(name, 4000, noise=0)
    assert data.train.inputs.abs().max() <= 1.5
    assert recognised(data) == 1
    others = torch.cdist(data.test.inputs, data.train.inputs)[data.test.labels[:, None] != data.train.labels]
    assert others.min() > 0.15


@pytest.mark.parametrize("name", PLANAR)
def test_noise_makes_all_data_sets_about_equally_harder(name: str) -> None:
    tidy, middling, untidy = (recognised(made(name, 12_000, noise)) for noise in (0.1, 0.3, 0.5))
    assert tidy > 0.99
    assert 0.9 < middling < 0.97
    assert 0.78 < untidy < 0.88


def test_more_noise_moves_the_same_points_farther() -> None:
    def moved(noise: float) -> Tensor:
        return made("moons", noise=noise).train.inputs - made("moons", noise=0).train.inputs

    assert torch.allclose(moved(0.4), 2 * moved(0.2), atol=1e-5)
    assert moved(0.2).std() > 0.1


@pytest.mark.parametrize(
    ("name", "separable"), [("blobs", True), ("xor", False), ("circles", False), ("spiral", False)]
)
def test_linear_separability_matches_the_description(name: str, separable: bool) -> None:
    from sklearn.linear_model import LogisticRegression

    data = made(name)
    score = LogisticRegression().fit(data.train.inputs, data.train.labels).score(data.test.inputs, data.test.labels)
    assert score > 0.99 if separable else score < 0.8
