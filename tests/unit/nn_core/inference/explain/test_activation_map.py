"""The map of pictures by the activations of a layer."""

import numpy as np
import pytest
import torch

from nn_core.data import Dataset
from nn_core.inference import MapMethod, TrainedNetwork, compute_features, find_nearest, fit_map, list_layers


@pytest.fixture(scope="module")
def features(shipped_network: TrainedNetwork, sample: Dataset) -> torch.Tensor:
    layer = list_layers(shipped_network)[-2]
    return compute_features(shipped_network, sample.test.inputs[::5], layer.name)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_same_pictures_give_the_same_map(features: torch.Tensor, method: MapMethod) -> None:
    done: list[float] = []
    fitted = fit_map(features, method, on_progress=done.append)
    again = fit_map(features, method)
    assert fitted.places.shape == (200, 2)
    assert np.array_equal(fitted.places, again.places)
    assert np.isfinite(fitted.places).all()
    assert 0 < fitted.explained_variance < 1
    if method == "tsne":
        assert done == sorted(done)
        assert done[-1] == 1
    placed = fitted.locate(features[7:9])
    spread = float(np.ptp(fitted.places))
    assert np.abs(placed - fitted.places[7:9]).max() < 0.1 * spread, "a known picture is placed where it is"
    assert np.array_equal(placed, fitted.locate(features[7:9]))


def test_neighbours_on_the_map_have_the_same_class(features: torch.Tensor, sample: Dataset) -> None:
    labels = sample.test.labels[::5]
    places = torch.from_numpy(fit_map(features, "tsne").places)
    nearest = [find_nearest(places, place, 2).indices[1] for place in places]
    assert float((labels[nearest] == labels).float().mean()) > 0.9


def test_nearest_pictures_are_sorted_by_distance(features: torch.Tensor) -> None:
    found = find_nearest(features, features[3], 4)
    assert found.indices[0] == 3
    assert found.distances[0] == 0
    assert list(found.distances) == sorted(found.distances)
    assert found.distances[1] == pytest.approx(float((features[found.indices[1]] - features[3]).norm()), rel=1e-4)


def test_large_maps_are_averaged(shipped_network: TrainedNetwork, sample: Dataset) -> None:
    for layer in list_layers(shipped_network):
        units, height, width = layer.shape
        features = compute_features(shipped_network, sample.test.inputs[:3], layer.name)
        side = 7 if units <= 64 else 5  # 128 · 6 · 6 would be more than 4,096 values
        assert features.shape == (3, units * min(height, side) * min(width, side))


def test_a_layer_of_one_unit_has_a_map() -> None:
    assert fit_map(torch.rand(10, 1), "pca").places.shape == (10, 2)
