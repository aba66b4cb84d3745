"""What the diagnosis measures of a network and of its data."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from untrained_runs import untrained_run

from nn_core.data import Dataset, DataSettings, load_dataset
from nn_core.data.dataset import Split
from nn_core.diagnosis.data_check import measure_inputs, measure_neighbours
from nn_core.diagnosis.measurements import Probe, compute_agreement
from nn_core.diagnosis.probe import probe_run
from nn_core.models import build_model
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder


def load(name: str) -> Dataset:
    return load_dataset(DataSettings(name=name), get_data_folder())


def probe(run: RunFolder) -> Probe:
    return probe_run(run, run.config(), load(run.config().data.name))


def change_weights(run: RunFolder, change: Callable[[str, Tensor], Tensor]) -> None:
    weights = load_file(run.best_weights)
    save_file({name: change(name, tensor) for name, tensor in weights.items()}, run.best_weights)


def test_agreement_compares_with_the_same_answers_in_random_order() -> None:
    guessing = compute_agreement([[50, 50], [50, 50]])
    assert (guessing.accuracy, guessing.chance, guessing.samples) == (0.5, 0.5, 200)
    assert guessing.is_chance
    # Always the larger class: an accuracy of 90 %, and nothing learned.
    majority = compute_agreement([[90, 0], [10, 0]])
    assert majority.accuracy == majority.chance == 0.9
    assert majority.is_chance
    learned = compute_agreement([[850, 50], [50, 50]])
    assert learned.kappa > 0.3
    assert not learned.is_chance
    assert not compute_agreement([[1, 0], [0, 0]]).is_chance, "one sample says nothing"
    assert not compute_agreement([[0, 0], [0, 0]]).is_chance


@pytest.mark.parametrize(
    "name", ["digits_8x8", "moons", "xor", "circles", "spiral", "surnames", "mnist_sample", "pen_digits"]
)
def test_neighbours_tell_true_labels_from_shuffled_ones(name: str) -> None:
    dataset = load(name)
    rows = torch.arange(len(dataset.train))
    true = measure_neighbours(dataset, rows)
    assert true
    assert true.deviations > 8
    assert not true.is_chance
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))
    train = Split(dataset.train.inputs, dataset.train.labels[order])
    shuffled = measure_neighbours(replace(dataset, train=train), rows)
    assert shuffled
    assert shuffled.is_chance
    assert measure_neighbours(dataset, rows[:99]) is None


def test_the_scale_of_the_worst_channel() -> None:
    random = torch.Generator().manual_seed(0)
    pictures = torch.randn(50, 3, 8, 8, generator=random)
    normalised = measure_inputs(pictures)
    assert abs(normalised.mean) < 0.1
    assert abs(normalised.std - 1) < 0.1
    pictures[:, 1] = pictures[:, 1] * 40 + 7
    worst = measure_inputs(pictures)
    assert worst.mean == pytest.approx(7, abs=3)
    assert worst.std == pytest.approx(40, rel=0.1)


def test_the_network_at_the_start_is_that_of_the_seed(runs_root: Path) -> None:
    run = untrained_run(runs_root, "simple_net", "training.seed=7")
    change_weights(run, lambda _name, weights: 3 * weights)
    before = torch.get_rng_state()
    measured = probe(run)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(7)
    model = build_model(run.config().model, load("mnist_sample").spec.task)
    assert [weights.name for weights in measured.start.weights] == ["1", "3"]
    assert measured.start.weights[0].norm == pytest.approx(model[1].weight.norm().item())
    assert measured.now.weights[0].norm == pytest.approx(3 * measured.start.weights[0].norm, rel=0.02)
    assert measured.uninformed_loss == pytest.approx(2.3026, abs=1e-3)
    assert measured.validation
    assert measured.validation.samples == 400
    assert measured.inputs
    assert measured.inputs.std == pytest.approx(1, abs=0.1)
    assert not measured.has_softmax


def test_dead_and_saturated_units(runs_root: Path) -> None:
    relu = untrained_run(runs_root, "simple_net", name="relu")
    change_weights(relu, lambda name, weights: weights - 1000 if name == "1.bias" else weights)
    measured = probe(relu)
    assert measured.start.units[0].dead < 0.1
    assert measured.now.units[0].dead == 1
    sigmoid = untrained_run(runs_root, "simple_net", "model.activation=sigmoid", name="sigmoid")
    change_weights(sigmoid, lambda name, weights: weights * 1000 if name == "1.weight" else weights)
    measured = probe(sigmoid)
    assert measured.start.units[0].saturated < 0.1
    assert measured.now.units[0].saturated > 0.9
    assert measured.now.units[0].dead == 0


def test_gradients_of_deep_sigmoids_vanish(runs_root: Path) -> None:
    deep = "model.hidden=[64,64,64,64,64,64,64,64]"
    run = untrained_run(runs_root, "mlp", deep, "model.activation=sigmoid", "model.norm=none")
    weights = probe(run).start.weights
    assert weights[0].relative_gradient < 1e-4 * weights[-1].relative_gradient


@pytest.mark.parametrize(
    "preset", ["quick", "rnn", "attention", "autoencoder", "text_cnn", "text_rnn", "text_attention", "plane"]
)
def test_every_kind_of_network_can_be_measured(runs_root: Path, preset: str) -> None:
    measured = probe(untrained_run(runs_root, preset))
    assert measured.start.loss < 2 * measured.uninformed_loss or preset == "autoencoder"
    assert measured.start.gradient_norm > 0
    assert (measured.validation is None) == (preset == "autoencoder")
    assert all(units.dead < 0.5 and units.saturated < 0.5 for units in measured.start.units)


def test_a_run_without_weights_is_measured_as_it_starts(runs_root: Path) -> None:
    run = untrained_run(runs_root, "simple_net")
    run.best_weights.unlink()
    measured = probe(run)
    assert measured.now.loss == pytest.approx(measured.start.loss)
