"""The Playground's network: its features, and what they make possible."""

import pytest
import torch
from plane_states import make_plane_config, make_plane_state

from nn_core.errors import ConfigError
from nn_core.models.parts import PlaneFeatures
from nn_core.models.plane_mlp import FEATURE_LABELS
from nn_core.training.loop import train


def test_features_are_those_of_their_names() -> None:
    points = torch.tensor([[0.5, -2.0], [3.0, 0.25]])
    computed = PlaneFeatures(tuple(FEATURE_LABELS))(points)
    x1, x2 = points.T
    expected = torch.stack([x1, x2, x1 * x1, x2 * x2, x1 * x2, (3 * x1).sin(), (3 * x2).sin()], dim=1)
    assert torch.equal(computed, expected)
    assert torch.equal(PlaneFeatures(("x2", "x1"))(points), points.flip(1))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('model.features=["x1","x1"]', "'x1' twice"),
        ("model.features=[]", "model.features"),
        ('model.features=["x3"]', "x3"),
        ('model.layers=[{"neurons":0}]', "neurons"),
        ('model.layers=[{"activation":"formula"}]', "formula"),
    ],
)
def test_invalid_features_and_layers_are_refused(settings: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_plane_config(settings)


def test_xor_is_solved_with_the_product_and_no_hidden_layer() -> None:
    settings = ("data.plane.points=600", "training.epochs=60", "optimizer.lr=0.03")
    accuracies = []
    for features in ('["x1","x2","x1_x2"]', '["x1","x2"]'):
        state = make_plane_state(f"model.features={features}", "model.layers=[]", *settings)
        for _event in train(state):
            pass
        assert state.best is not None
        accuracies.append(state.best.accuracy or 0)
    assert accuracies[0] > 0.95
    assert accuracies[1] < 0.8
