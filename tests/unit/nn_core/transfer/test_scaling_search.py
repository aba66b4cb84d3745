"""The pixel scaling that weights were trained with is found on the data, stored with the run, and used everywhere."""

from pathlib import Path

import pytest
import torch
from custom_files import classes, made
from safetensors.torch import load_file
from torch import Tensor, nn
from transfer_files import config_of, predictions, weights_in

from nn_core.config import parse_config
from nn_core.data import DATASETS, Dataset, DatasetSpec, DataSettings, find_dataset, load_dataset
from nn_core.data.scaling import SCALINGS, Scaling, apply_scaling, list_scalings
from nn_core.data.transforms import normalize, to_unit_float
from nn_core.errors import BadInput
from nn_core.inference import load_network
from nn_core.models import build_model
from nn_core.runs.create import create_run
from nn_core.transfer import generate_code, import_weights
from nn_core.transfer.scaling_search import measure_scalings

HIDDEN = {"name": "simple_net", "hidden": 16}


@pytest.fixture(scope="module")
def trained(sample: Dataset) -> nn.Module:
    """A network that was trained with mean-std."""
    torch.manual_seed(1)
    network = build_model(config_of(HIDDEN).model, sample.spec.task)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
    inputs = normalize(sample.train.inputs, sample.spec)
    for _epoch in range(4):
        for rows in torch.randperm(len(inputs)).split(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(inputs[rows]), sample.train.labels[rows]).backward()
            optimizer.step()
    return network.eval()


def expecting(scaling: Scaling, trained: nn.Module, spec: DatasetSpec) -> dict[str, Tensor]:
    """The weights of the network that does the same with another scaling: the first layer undoes the difference."""
    weights = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    ours, theirs = spec, apply_scaling(spec, scaling)
    first, bias, *_rest = weights
    weights[bias] += weights[first].sum(dim=1) * (theirs.mean[0] - ours.mean[0]) / ours.std[0]
    weights[first] *= theirs.std[0] / ours.std[0]
    return weights


def accuracy(outputs: Tensor, labels: Tensor) -> float:
    return (outputs.argmax(dim=1) == labels).float().mean().item()


@pytest.mark.parametrize("scaling", list_scalings(DATASETS["mnist_sample"]))
def test_the_scaling_of_the_training_is_found(
    tmp_path: Path, sample: Dataset, trained: nn.Module, scaling: Scaling
) -> None:
    config = config_of(HIDDEN)
    file = weights_in(tmp_path / "theirs.pt", expecting(scaling, trained, sample.spec))
    imported = import_weights(file, config, sample.spec, tmp_path / "runs", data_folder=tmp_path)
    with torch.inference_mode():
        expected = accuracy(trained(normalize(sample.test.inputs, sample.spec)), sample.test.labels)
    assert expected > 0.85
    reached = accuracy(predictions(imported.run, sample.test.inputs, tmp_path), sample.test.labels)
    assert reached > expected - 0.01, (imported.run.config().data.scaling, imported.notes)
    (note,) = imported.notes
    assert f"'{imported.run.config().data.scaling}'" in note
    assert "does best on 400 pictures of mnist_sample" in note
    assert all(f"{name} " in note for name in list_scalings(sample.spec))


def test_a_chosen_scaling_is_stored_and_a_better_one_is_mentioned(
    tmp_path: Path, sample: Dataset, trained: nn.Module
) -> None:
    config = config_of(HIDDEN)
    file = weights_in(tmp_path / "theirs.pt", expecting("0-1", trained, sample.spec))
    right = import_weights(file, config, sample.spec, tmp_path / "runs", scaling="0-1", data_folder=tmp_path)
    wrong = import_weights(file, config, sample.spec, tmp_path / "runs", scaling="-1-1-inverted", data_folder=tmp_path)
    assert (right.run.config().data.scaling, wrong.run.config().data.scaling) == ("0-1", "-1-1-inverted")
    assert "as you chose, but" in wrong.notes[0]
    assert right.notes == ()


def test_the_stored_scaling_is_used_by_predictions_code_and_data(tmp_path: Path, sample: Dataset) -> None:
    config = parse_config({"model": HIDDEN, "data": {"scaling": "0-255-inverted"}})
    spec = apply_scaling(sample.spec, "0-255-inverted")
    assert load_dataset(config.data, tmp_path).spec == spec
    file = weights_in(tmp_path / "theirs.pt", build_model(config.model, spec.task).state_dict())
    run = import_weights(file, config, sample.spec, tmp_path / "runs").run
    assert load_network(run, tmp_path).spec == spec
    assert f"MEAN, STD = {spec.mean!r}, {spec.std!r}" in generate_code(config, spec)
    with pytest.raises(BadInput, match=r"expects the pixel scaling '0-255-inverted', but data\.scaling = 'mean-std'"):
        create_run(tmp_path / "runs", parse_config({"model": HIDDEN, "training": {"start_from": run.name}}))


def test_a_run_of_an_older_version_has_the_scaling_that_it_was_trained_with() -> None:
    assert parse_config({"data": {"name": "mnist_sample"}}).data.scaling == "mean-std"


def test_without_the_data_the_default_is_assumed_and_said(tmp_path: Path) -> None:
    config = config_of(HIDDEN, "cifar10")
    spec = DATASETS["cifar10"]
    file = weights_in(tmp_path / "theirs.pt", build_model(config.model, spec.task).state_dict())
    imported = import_weights(file, config, spec, tmp_path / "runs", data_folder=tmp_path)
    assert imported.run.config().data.scaling == "mean-std"
    assert "cifar10 is not on this machine to try it: 'mean-std'" in imported.notes[0]


def test_untrained_weights_are_called_guessing(tmp_path: Path, sample: Dataset) -> None:
    config = config_of(HIDDEN)
    network = build_model(config.model, sample.spec.task)
    for weights in network.parameters():
        nn.init.zeros_(weights)
    report = measure_scalings(network, config, tmp_path)
    assert report is not None
    assert report.is_guessing
    file = weights_in(tmp_path / "theirs.pt", network.state_dict())
    imported = import_weights(file, config, sample.spec, tmp_path / "runs", data_folder=tmp_path)
    assert "about as good as guessing (10.0 %)" in imported.notes[-1]


def test_an_autoencoder_has_an_error_instead_of_an_accuracy(tmp_path: Path, sample: Dataset) -> None:
    config = config_of({"name": "autoencoder"})
    network = build_model(config.model, sample.spec.task)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
    spec = apply_scaling(sample.spec, "-1-1")
    for rows in torch.arange(2000).split(50):
        pictures = sample.train.inputs[rows * 2]
        optimizer.zero_grad()
        (network(normalize(pictures, spec)) - to_unit_float(pictures)).square().mean().backward()
        optimizer.step()
    report = measure_scalings(network, config, tmp_path)
    assert report is not None
    assert report.results[0].accuracy is None
    assert report.results[0].figure.startswith("error 0.")
    assert report.results == tuple(sorted(report.results, key=lambda result: result.loss))
    assert not report.is_guessing


def test_text_and_points_have_no_pixel_scaling(tmp_path: Path) -> None:
    for data in ("surnames", "moons"):
        config = config_of({"name": "text_cnn"} if data == "surnames" else HIDDEN, data)
        network = build_model(config.model, DATASETS[data].task)
        assert measure_scalings(network, config, tmp_path) is None
        file = weights_in(tmp_path / f"{data}.pt", network.state_dict())
        imported = import_weights(file, config, DATASETS[data], tmp_path / "runs", data_folder=tmp_path)
        assert imported.notes == ()
        assert load_file(imported.run.best_weights).keys() == network.state_dict().keys()


@pytest.mark.parametrize("scaling", ["mean-std", "imagenet", "0-1", "-1-1-inverted", "0-255"])
def test_the_scaling_is_found_for_custom_pictures_in_colour(tmp_path: Path, scaling: Scaling) -> None:
    data = made(classes(20, ("red", "green", "blue")), tmp_path, colour=True)
    spec = find_dataset(data.name, tmp_path)
    assert spec.shape[0] == 3
    config = config_of({"name": "simple_net", "hidden": 8}, data.name)
    network = build_model(config.model, spec.task)
    # Reads the mean of each colour, and answers with the class of the strongest one.
    dataset = load_dataset(config.data, tmp_path)
    scaled = apply_scaling(spec, scaling)
    inputs = normalize(dataset.train.inputs, scaled).flatten(2)
    centre = inputs.mean(dim=(0, 2))
    by_class = torch.stack([inputs[dataset.train.labels == label].mean(dim=(0, 2)) - centre for label in range(3)])
    pixels = inputs.shape[2]
    with torch.no_grad():
        for weights in network.parameters():
            weights.zero_()
        first, first_bias, last, _last_bias = network.parameters()
        first[:3] = (by_class / by_class.norm(dim=1, keepdim=True)).repeat_interleave(pixels, dim=1) / pixels
        first_bias[:3] = -(by_class / by_class.norm(dim=1, keepdim=True)) @ centre
        last[:, :3] = torch.eye(3)
    report = measure_scalings(network, config, tmp_path)
    assert report is not None
    assert {"imagenet", "0-255-inverted"} <= {result.scaling for result in report.results}
    found, used = report.results[0], report.find(scaling)
    assert used is not None
    assert used.accuracy == found.accuracy == 1


def test_the_names_in_settings_are_those_of_the_scalings() -> None:
    for scaling in SCALINGS:
        assert DataSettings(scaling=scaling).scaling == scaling
