"""The preview of a Playground network: what each neuron computes, its weights and their gradients."""

import base64
from pathlib import Path

import numpy as np
import pytest
import torch
from plane_states import make_plane_state
from torch import Tensor

from nn_core.data.transforms import normalize
from nn_core.jobs.live_views import Previews
from nn_core.jobs.previews import Boundary, Neurons, list_previews, read_preview
from nn_core.runs import RunFolder
from nn_core.training.loop import train
from nn_core.training.state import TrainState

DEEP = 'model.layers=[{"neurons":3,"activation":"relu"},{"neurons":2,"activation":"sigmoid"}]'
EVERY = 'model.features=["x1","x2","x1_squared","x2_squared","x1_x2","sin_x1","sin_x2"]'


def shown(state: TrainState) -> Neurons:
    state.model.eval()
    with torch.inference_mode():
        return Neurons.make(state)


def close(found: object, expected: Tensor) -> bool:
    """Equal to five significant digits."""
    return torch.allclose(torch.tensor(found), expected.detach(), rtol=1e-4, atol=1e-9)


@pytest.fixture
def state() -> TrainState:
    state = make_plane_state(EVERY, DEEP)
    for _event in train(state):
        pass
    return state


def test_maps_are_the_activations_from_the_bottom_row_up(state: TrainState) -> None:
    view = shown(state)
    assert [(layer.name, layer.parameter, layer.activation) for layer in view.layers] == [
        ("features", "", ""),
        ("hidden 1", "1", "relu"),
        ("hidden 2", "3", "sigmoid"),
        ("output", "5", ""),
    ]
    assert view.layers[0].neurons == ("x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin 3x₁", "sin 3x₂")
    assert [layer.neurons for layer in view.layers[1:]] == [("1", "2", "3"), ("1", "2"), ("A", "B")]
    left, right, bottom, top = view.extent
    row, column = 13, 4
    place = torch.tensor(
        [[left + (column + 0.5) / view.size * (right - left), bottom + (row + 0.5) / view.size * (top - bottom)]]
    )
    signals = normalize(place, state.spec)
    parts = (state.model[:1], state.model[1:3], state.model[3:5], state.model[5:])
    for layer, modules in zip(view.layers, parts, strict=True):
        signals = modules(signals)
        maps = np.frombuffer(base64.b64decode(layer.maps), np.int8).reshape(-1, view.size, view.size)
        assert np.abs(maps).max(axis=(1, 2)).tolist() == [127 * (scale > 0) for scale in layer.scales]
        values = torch.tensor(maps[:, row, column] / 127 * layer.scales)
        assert torch.allclose(values.float(), signals[0], atol=max(layer.scales) / 254 + 1e-6)


@pytest.mark.parametrize("penalty", [0, 0.1])
def test_weights_and_gradients_are_those_of_autograd_and_leave_the_training_alone(penalty: float) -> None:
    state = make_plane_state(DEEP, f"training.l1={penalty}")
    steps = train(state)
    for _ in range(7):
        next(steps)
    before = {name: parameter.grad.clone() for name, parameter in state.model.named_parameters()}
    view = shown(state)
    for name, parameter in state.model.named_parameters():
        assert torch.equal(parameter.grad, before[name]), name
    inputs, labels = state.get_batch(state.train_rows[:256])
    state.model.zero_grad()
    torch.nn.functional.cross_entropy(state.model(normalize(inputs, state.spec)), labels).backward()
    for layer in view.layers[1:]:
        module = state.model.get_submodule(layer.parameter)
        assert close(layer.weights, module.weight)
        assert close(layer.biases, module.bias)
        assert close(layer.weight_gradients, module.weight.grad)
        assert close(layer.bias_gradients, module.bias.grad)


def test_training_is_bit_identical_with_and_without_it(tmp_path: Path) -> None:
    def train_all(*, is_watched: bool) -> dict[str, Tensor]:
        state = make_plane_state(EVERY, "training.l2=0.01")
        previews = Previews(RunFolder(tmp_path), state)
        for _event in train(state):
            if is_watched:
                previews.refresh(state)
        return state.copy_weights()

    weights, watched = train_all(is_watched=False), train_all(is_watched=True)
    assert all(torch.equal(weights[name], watched[name]) for name in weights)
    view, boundary = read_preview(RunFolder(tmp_path), Neurons), read_preview(RunFolder(tmp_path), Boundary)
    assert view
    assert boundary
    assert (view.step, view.extent) == (boundary.step, boundary.extent)


def test_only_playground_networks_have_it_and_a_damaged_file_is_ignored(tmp_path: Path) -> None:
    assert Neurons in list_previews("classify", "points", "plane_mlp")
    assert Neurons not in list_previews("classify", "points", "mlp")
    run = RunFolder(tmp_path)
    view = shown(make_plane_state())
    for content in ("", "{}", view.model_copy(update={"size": 21}).model_dump_json()):
        run.neurons_file.write_text(content)
        assert read_preview(run, Neurons) is None
    run.neurons_file.write_text(view.model_dump_json())
    assert read_preview(run, Neurons) == view
