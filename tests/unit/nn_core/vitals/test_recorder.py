"""Watching a network: training is unchanged, and every figure is that of the network at that step, for every preset."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import prod
from pathlib import Path

import pytest
import torch
from in_process_runs import three_epochs, trained
from torch import Tensor, nn
from train_states import CPU, assert_equal_weights, config_of

from nn_core.config import PRESETS, RunConfig
from nn_core.data import Dataset, DataSettings, load_dataset
from nn_core.data.transforms import normalize
from nn_core.models.units import is_activation
from nn_core.runs import RunFolder, create_run
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState
from nn_core.vitals.capture import HeldOutExamples
from nn_core.vitals.pictures import Answers, NetworkPictures, read_part
from nn_core.vitals.recorder import AnswersView, VitalsRecorder, make_vitals_callbacks
from nn_core.vitals.records import VitalsRecord, read_vitals

SETTINGS = {
    **{name: config_of(name, "training.epochs=1") for name in PRESETS},
    "ema": config_of("quick", "training.epochs=1", "training.ema=0.8"),
    "clipped": config_of("plane", "training.epochs=1", "training.clip_norm=0.01", "model.activation=relu"),
    "sigmoid": config_of("mlp", "training.epochs=1", "model.activation=sigmoid", "optimizer.lr=1"),
}


@cache
def few(name: str) -> Dataset:
    """165 training samples."""
    whole = load_dataset(DataSettings(name=name), Path("unused"), download=False)
    rows = torch.arange(0, len(whole.train), len(whole.train) // 165)[:165]
    return Dataset(whole.spec, whole.train.take(rows), whole.test)


def always(state: TrainState, folder: Path) -> tuple[AnswersView, VitalsRecorder]:
    """The callbacks without their limits."""
    examples = HeldOutExamples.choose(state)
    run = RunFolder(folder)
    callbacks = AnswersView(run, state, examples), VitalsRecorder(run, state, examples)
    for callback in callbacks:
        callback.max_share, callback.min_seconds, callback.min_steps = 1e9, 0.0, 1
    return callbacks


def steps(state: TrainState, *callbacks: AnswersView | VitalsRecorder) -> Iterator[Step | Epoch]:
    for callback in callbacks:
        callback.on_start(state)
    for event in train(state):
        for callback in callbacks:
            if isinstance(event, Step):
                callback.on_step(state, event)
        yield event
    for callback in callbacks:
        callback.on_end(state)


def norm(tensors: list[Tensor]) -> float:
    return torch.cat([tensor.detach().flatten() for tensor in tensors]).double().norm().item()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_figures_are_those_of_the_network_and_training_is_bit_identical(name: str, tmp_path: Path) -> None:
    config = SETTINGS[name]
    plain = TrainState(config, few(config.data.name), CPU)
    expected_events = list(train(plain))
    state = TrainState(config, few(config.data.name), CPU)
    before = [parameter.detach().clone() for parameter in state.model.parameters()]
    events, after = [], before
    for event in steps(state, *always(state, tmp_path)):
        if isinstance(event, Step):
            before, after = after, [parameter.detach().clone() for parameter in state.model.parameters()]
        events.append(event)
    assert events == expected_events
    assert_equal_weights(state.copy_weights(), plain.copy_weights())
    assert torch.equal(state.get_rng_states()["cpu"], torch.get_rng_state())

    records = read_vitals(tmp_path / "vitals.jsonl")
    assert records[0].step == 1
    assert records[-1].step == state.total_steps
    index = {id(parameter): number for number, parameter in enumerate(state.model.parameters())}
    owners = {each: module for each, module in state.model.named_modules() if list(module.parameters(recurse=False))}
    assert list(records[-1].layers) == list(owners)
    for layer, module in owners.items():
        own, figures = list(module.parameters(recurse=False)), records[-1].layers[layer]
        assert figures.weight_norm == pytest.approx(norm(own), rel=1e-4)
        gradients = [parameter.grad for parameter in own if parameter.grad is not None]
        assert figures.gradient_norm == pytest.approx(norm(gradients), rel=1e-4, abs=1e-9)
        numbers = [index[id(parameter)] for parameter in own]
        old, new = [[weights[number] for number in numbers] for weights in (before, after)]
        change = norm([b - a for a, b in zip(old, new, strict=True)])
        assert figures.update_ratio == pytest.approx(change / norm(old), rel=3e-4, abs=1e-9)
        assert figures.weights is not None
        assert figures.gradients is not None
    check_dead_units(state, records[-1])
    check_pictures(state, tmp_path)


def check_dead_units(state: TrainState, record: VitalsRecord) -> None:
    """Count the units of each ReLU that are 0 for all of the held-out examples, in another way."""
    outputs: dict[nn.Module, Tensor] = {}
    order: list[nn.Module] = []

    def keep(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        order.append(module)
        if isinstance(output, Tensor):
            outputs[module] = output

    inputs, _labels = state.get_batch(HeldOutExamples.choose(state).rows)
    state.eval_model.eval()
    hooks = [module.register_forward_hook(keep) for module in state.eval_model.modules()]
    with torch.no_grad():
        state.eval_model(normalize(inputs, state.spec))
    for hook in hooks:
        hook.remove()
    names = {module: name for name, module in state.eval_model.named_modules()}
    counted = 0
    for relu in (module for module in order if isinstance(module, nn.ReLU)):
        before = order[: order.index(relu)]
        layer = [module for module in before if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)][-1]
        activations = outputs[relu].movedim(1, 0).flatten(1)
        exact = (activations == 0).all(dim=1).float().mean().item()
        assert record.layers[names[layer]].dead_share == exact
        counted += 1
    for conv in (module for module in order if isinstance(module, nn.Conv1d)):  # a text CNN has its ReLU inside
        exact = (outputs[conv].relu() == 0).all(dim=2).all(dim=0).float().mean().item()
        assert record.layers[names[conv]].dead_share == exact
        counted += 1
    has_gelu = state.config.model.name in ("attention", "text_attention")  # counted by its slope
    assert has_gelu or counted == sum(layer.dead_share is not None for layer in record.layers.values())


def check_followers(pictures: NetworkPictures, model: nn.Module) -> None:
    """In a plain sequence, the values went through the norm and the activation function right behind their layer."""
    modules = list(model.children())
    if not isinstance(model, nn.Sequential) or any(list(module.children()) for module in modules):
        return
    shown = {layer.name: layer.followers for layer in pictures.layers}
    for (name, _layer), *behind in ((each, *modules[i + 1 :]) for i, each in enumerate(model.named_children())):
        if name in shown:
            norms = [
                type(module).__name__ for module in behind[:1] if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d)
            ]
            function = [type(module).__name__ for module in behind[len(norms) :][:1] if is_activation(module)]
            assert list(shown[name]) == (norms + function if function else [])


def check_pictures(state: TrainState, folder: Path) -> None:
    pictures = read_part(folder / "network.json", NetworkPictures)
    assert pictures is not None
    assert pictures.step == state.step
    assert pictures.filters is not None
    assert pictures.layers[-1].units in (len(state.spec.classes), prod(state.spec.shape), state.spec.shape[0])
    assert pictures.inputs.count == 10
    check_followers(pictures, state.eval_model)
    answers = read_part(folder / "examples.json", Answers)
    assert (answers is None) == (state.goal == "reconstruct")
    if answers:
        assert answers.step == state.step
        inputs, labels = state.get_batch(HeldOutExamples.choose(state).rows[:10])
        with torch.no_grad():
            confidence, expected = state.eval_model.eval()(normalize(inputs, state.spec)).softmax(1).max(1)
        assert answers.answers == tuple(state.spec.classes[index] for index in expected)
        assert answers.confidence == pytest.approx(confidence.tolist(), abs=1e-4)
        assert answers.inputs.labels == tuple(state.spec.classes[index] for index in labels)


def test_saturated_units_are_those_at_the_ends_of_their_function(tmp_path: Path) -> None:
    config = config_of("plane", "training.epochs=1")
    state = TrainState(config, few("moons"), CPU)
    with torch.no_grad():
        for parameter in state.model.parameters():
            parameter.mul_(30)
    for _ in steps(state, *always(state, tmp_path)):
        pass
    record = read_vitals(tmp_path / "vitals.jsonl")[-1]
    linear = [name for name, module in state.model.named_modules() if isinstance(module, nn.Linear)]
    first, last = record.layers[linear[0]], record.layers[linear[-1]]
    weights = state.model.get_submodule(linear[0])
    slopes = 1 - weights(HeldOutExamples.choose(state).inputs).tanh() ** 2
    assert first.saturated_share == pytest.approx((slopes < 0.05).float().mean().item())
    assert first.saturated_share > 0.3
    assert first.dead_share is None
    assert last.saturated_share is None


def test_a_long_run_has_a_limited_number_of_records(tmp_path: Path) -> None:
    state = TrainState(config_of("plane", "training.epochs=60"), few("moons"), CPU)
    _answers, recorder = make_vitals_callbacks(RunFolder(tmp_path), state)
    assert isinstance(recorder, VitalsRecorder)
    recorder.max_share, recorder.min_seconds = 1e9, 0.0
    for _ in steps(state, recorder):
        pass
    records = read_vitals(tmp_path / "vitals.jsonl")
    assert state.total_steps == 600
    assert 100 <= len(records) <= 152
    assert all(later.step - earlier.step >= 4 for earlier, later in pairwise(records[:-1]))
    assert records[-1].step == 600
    assert records[-1].layers[next(iter(records[-1].layers))].update_ratio is not None


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    state = TrainState(config_of("plane", "training.epochs=1"), few("moons"), CPU)
    for _ in steps(state, *always(state, tmp_path)):
        pass
    assert [record.step for record in read_vitals(run.vitals_file)] == list(range(1, 11))
    state.step = 4
    make_vitals_callbacks(run, state)
    assert [record.step for record in read_vitals(run.vitals_file)] == [1, 2, 3, 4]
    state.step = 0
    make_vitals_callbacks(run, state)
    assert read_vitals(run.vitals_file) == []


def test_nothing_is_measured_if_it_is_switched_off(tmp_path: Path) -> None:
    config: RunConfig = config_of("plane", "training.vitals=false")
    assert make_vitals_callbacks(RunFolder(tmp_path), TrainState(config, few("moons"), CPU)) == ()
    assert not list(tmp_path.iterdir())


def test_a_run_without_figures_has_the_same_weights(uninterrupted_run: RunFolder, tmp_path: Path) -> None:
    run = create_run(tmp_path, three_epochs("training.vitals=false"), "plain")
    trained(run)
    for name in ("last.safetensors", "best.safetensors"):
        assert (run.path / name).read_bytes() == (uninterrupted_run.path / name).read_bytes()
    assert not run.vitals_file.exists()
    assert read_vitals(uninterrupted_run.vitals_file)[-1].step == uninterrupted_run.status().step


def test_a_run_that_was_stopped_goes_on_with_its_figures(tmp_path: Path) -> None:
    run = create_run(tmp_path, three_epochs(), "stopped")
    trained(run, until=1)
    begun = read_vitals(run.vitals_file)
    assert begun[-1].step == run.status().step
    assert begun[-1].layers["1"].dead_share is not None, "the end is always measured"
    trained(run)
    records = read_vitals(run.vitals_file)
    assert records[: len(begun)] == begun
    assert records[-1].step == run.status().step > begun[-1].step


def test_a_full_disk_does_not_end_the_run(tmp_path: Path) -> None:
    state = TrainState(config_of("plane", "training.epochs=1"), few("moons"), CPU)
    (tmp_path / "vitals.jsonl").mkdir()
    for _ in steps(state, *always(state, tmp_path)):
        pass
    assert state.step == 10


def test_lines_are_json_with_the_names_of_the_documentation(tmp_path: Path) -> None:
    state = TrainState(config_of("plane", "training.epochs=1"), few("moons"), CPU)
    for _ in steps(state, *always(state, tmp_path)):
        pass
    line = json.loads((tmp_path / "vitals.jsonl").read_text().splitlines()[-1])
    assert line.keys() == {"step", "epoch", "layers"}
    assert line["layers"]["1"].keys() == {
        *("weight_norm", "gradient_norm", "update_ratio", "dead_share", "saturated_share", "weights", "gradients")
    }
