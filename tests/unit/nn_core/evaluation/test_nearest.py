"""The training examples nearest to an example."""

from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.data import DataSettings, load_dataset
from nn_core.data.split import split_train_val
from nn_core.evaluation.nearest import compute_training_features, find_nearest_training
from nn_core.inference import load_network
from nn_core.paths import get_data_folder


@pytest.mark.parametrize("preset", ["simple_net", "autoencoder", "text_cnn", "plane"])
def test_a_training_example_is_nearest_to_itself(tmp_path: Path, preset: str) -> None:
    network = load_network(untrained_run(tmp_path, preset), get_data_folder())
    dataset = load_dataset(network.config.data, get_data_folder())
    done: list[float] = []
    training = compute_training_features(network, dataset, is_substitute=False, most=300, on_progress=done.append)
    assert done[-1] == 1.0
    assert len(training.rows) <= 300 < training.total
    row = int(training.rows[17])
    nearest = find_nearest_training(network, training, dataset.train.inputs[row], 5)
    assert [each.distance for each in nearest] == sorted(each.distance for each in nearest)
    assert nearest[0].distance == pytest.approx(0, abs=1e-3)
    assert torch.equal(dataset.train.inputs[nearest[0].row], dataset.train.inputs[row])


def test_validation_examples_are_left_out_and_a_substitute_has_none(tmp_path: Path) -> None:
    network = load_network(
        untrained_run(tmp_path, "simple_net", "data.name=digits_8x8", "data.train_examples=200"), get_data_folder()
    )
    dataset = load_dataset(DataSettings(name="digits_8x8"), get_data_folder())
    config = network.config
    train, val = split_train_val(dataset, config.data.validation_share, config.training.seed, 200)
    training = compute_training_features(network, dataset, is_substitute=False)
    assert training.rows.tolist() == train.tolist()
    assert not set(training.rows.tolist()) & set(val.tolist())
    assert compute_training_features(network, dataset, is_substitute=True).total == len(dataset.train)
