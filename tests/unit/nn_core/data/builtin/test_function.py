"""Typed functions, slope and hills: classes and values follow the function, and noise moves the points afterwards."""

from pathlib import Path

import pytest
import torch

from nn_core.data import DATASETS, Dataset, DataSettings, PlaneSettings, load_dataset

NOWHERE = Path("/nowhere")


def made(name: str, *, points: int = 300, noise: float = 0.0, function: str = "x2 > sin(3*x1)") -> Dataset:
    return load_dataset(
        DataSettings(name=name, plane=PlaneSettings(points=points, noise=noise, function=function)), NOWHERE
    )


def test_a_boundary_gives_two_balanced_classes() -> None:
    data = made("function", function="x1^2 + x2^2 < 0.25")
    assert data.spec.classes == ("A", "B")
    for split in (data.train, data.test):
        inside = split.inputs.square().sum(dim=1) < 0.25
        assert torch.equal(split.labels, (~inside).long())
        counts = split.class_counts(2)
        assert max(counts) - min(counts) <= 1
        assert split.inputs.abs().max() <= 2


def test_a_value_is_to_be_predicted() -> None:
    data = made("function", function="x1*x2")
    assert data.spec.is_regression
    assert data.spec.task.classes == 1
    for split in (data.train, data.test):
        assert split.labels.dtype == torch.float32
        assert torch.allclose(split.labels, split.inputs.prod(dim=1), atol=1e-6)


@pytest.mark.parametrize("name", ["slope", "hills"])
@pytest.mark.parametrize("points", [50, 51, 1000])
def test_a_third_of_the_points_is_for_the_test(name: str, points: int) -> None:
    data = made(name, points=points)
    assert len(data.train) + len(data.test) == points
    assert len(data.test) == points // 3
    settings = DataSettings(name=name, plane=PlaneSettings(points=points))
    assert DATASETS[name].train_counts(settings) == (len(data.train),)


@pytest.mark.parametrize("name", ["slope", "hills", "function"])
def test_values_are_moderate_and_points_are_spread_evenly(name: str) -> None:
    data = made(name, points=6000, function="sin(x1) + x2/2")
    assert 0.2 < data.train.labels.std() < 1
    assert data.train.inputs.mean(dim=0).tolist() == pytest.approx([0, 0], abs=0.05)
    assert data.train.inputs.std(dim=0).tolist() == pytest.approx(list(data.spec.std), abs=0.02)
    assert (torch.cdist(data.test.inputs, data.train.inputs) > 0).all()


@pytest.mark.parametrize("name", ["slope", "hills", "function"])
def test_noise_moves_the_points_and_keeps_their_labels(name: str) -> None:
    still, moved, again = (made(name, noise=noise) for noise in (0, 0.2, 0.2))
    assert torch.equal(still.train.labels, moved.train.labels)
    assert (moved.train.inputs - still.train.inputs).std() == pytest.approx(0.2, abs=0.03)
    assert torch.equal(moved.train.inputs, again.train.inputs)


def test_values_near_a_pole_are_cut_off() -> None:
    data = made("function", points=20_000, function="0.005*tan(x1)")
    assert data.train.labels.abs().max() <= 10
    assert torch.isfinite(data.train.labels).all()
