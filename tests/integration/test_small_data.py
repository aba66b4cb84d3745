"""Small and uneven data on the command line: a picture set of 86 files, too few examples, and a class that is never recognised."""

import json
from pathlib import Path

import pytest
from cli_in_process import command
from custom_files import eighty_six_pictures, uneven_pictures

from nn_core.data.custom.metadata import CustomDataset


@pytest.fixture
def eighty_six(data_folder: Path) -> CustomDataset:
    """86 pictures of two colours."""
    return eighty_six_pictures(data_folder)


@pytest.fixture
def uneven(data_folder: Path) -> CustomDataset:
    """60 red pictures and 8 green ones."""
    return uneven_pictures(data_folder)


def train(*settings: str) -> tuple[Path, str]:
    """The run's folder, and what was printed to stderr."""
    answer = command("train", *(part for each in ("training.device=cpu", *settings) for part in ("--set", each)))
    assert answer.code == 0, answer.err
    return Path(answer.out.splitlines()[-1]), answer.err


def test_86_pictures_are_learned_with_the_defaults(eighty_six: CustomDataset, runs_root: Path) -> None:
    run, said = train(f"data.name={eighty_six.name}")
    assert "Chosen for 61 training examples: 150 epochs with batches of 32 are 300 updates." in said
    assert "Only 7 examples are held out for validation, fewer than 20" in said
    assert "uneven" not in said
    answer = command("evaluate", run, "--json")
    assert json.loads(answer.out)["accuracy"] >= 0.9
    assert answer.err == ""


def test_what_the_user_sets_is_not_changed(eighty_six: CustomDataset, runs_root: Path) -> None:
    run, said = train(f"data.name={eighty_six.name}", "training.epochs=2", "training.batch_size=100")
    training = json.loads((run / "config.json").read_text())["training"]
    assert (training["epochs"], training["batch_size"]) == (2, 100)
    assert "Chosen for" not in said


def test_ten_training_examples_leave_the_test_as_it_is(runs_root: Path) -> None:
    run, said = train("data.train_examples=10", "training.epochs=1")
    assert "Chosen for" not in said, "the epochs are the user's"
    info = json.loads(command("info", run, "--json").out)
    assert info["config"]["data"]["train_examples"] == 10
    assert info["steps"] == 1
    assert json.loads(command("evaluate", run, "--json").out)["samples"] == 1000


def test_a_class_that_is_never_recognised_is_named_everywhere(uneven: CustomDataset, runs_root: Path) -> None:
    """With a learning rate of almost zero, the untrained network gives one answer for nearly everything."""
    run, said = train(f"data.name={uneven.name}", "training.epochs=1", "optimizer.lr=1e-9", "training.seed=1")
    assert "The classes are uneven: 'red' has 48 examples for training and validation, 'green' only 6." in said
    assert "--set loss.class_weights=balanced gives every class the same weight." in said
    answer = command("evaluate", run, "--json")
    matrix = json.loads(answer.out)["confusion_matrix"]
    missed = [name for index, name in enumerate(("green", "red")) if not matrix[index][index]]
    assert len(missed) == 1, "otherwise this test shows nothing"
    sentence = f"'{missed[0]}' ({sum(matrix[('green', 'red').index(missed[0])])} test examples)."
    assert answer.err.startswith("Never ")
    assert sentence in answer.err
    assert sentence in said, "in the messages of the run"
    assert sentence in command("info", run).out
    assert command("evaluate", run).err == answer.err


def test_class_weights_are_set_by_a_path_and_need_no_hint(uneven: CustomDataset, runs_root: Path) -> None:
    run, said = train(f"data.name={uneven.name}", "training.epochs=4", "loss.class_weights=balanced")
    assert "uneven" not in said
    assert json.loads((run / "status.json").read_text())["best"]["score"] is not None
    refused = command("resume", run, "--set", "loss.class_weights=none", "--set", "training.epochs=5")
    assert (refused.code, refused.out) == (2, "")
    assert "loss.class_weights cannot be changed in a run that has started" in refused.err
