"""An import accepts the state that any network and optimizer save, and rejects one that is incomplete."""

import shutil
from pathlib import Path

import pytest
import torch
from halfway_runs import (
    HalfwayRuns,
    short,
)

from nn_core.config import PRESETS
from nn_core.data import load_dataset
from nn_core.models import build_model
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run
from nn_core.training import OPTIMIZERS
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import train
from nn_core.training.state import TrainState
from nn_core.training.state_schema import Checkpoint
from nn_core.transfer.validation import is_state_valid


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("preset", PRESETS)
def test_import_accepts_what_any_network_and_optimizer_save(
    folder: Path, tmp_path: Path, preset: str, optimizer: str
) -> None:
    config = short(preset, f"optimizer.name={optimizer}", "training.epochs=1", "training.batch_size=48")
    dataset = load_dataset(config.data, get_data_folder())
    session = TrainState(config, dataset, torch.device("cpu"))
    next(train(session))
    run = create_run(tmp_path, config, "run")
    save_checkpoint(run, session, metrics_size=0, elapsed_seconds=1.0)
    with torch.device("meta"):
        network = build_model(config.model, dataset.spec.task)
    assert is_state_valid(run.state_file, network, config)


def store_state(run: RunFolder, state: dict[str, object]) -> RunFolder:
    torch.save(state, run.state_file)
    return run


def is_valid(run: RunFolder) -> bool:
    config = run.config()
    with torch.device("meta"):
        network = build_model(config.model, load_dataset(config.data, get_data_folder()).spec.task)
    return is_state_valid(run.state_file, network, config)


OPTIONAL = {name for name, field in Checkpoint.model_fields.items() if not field.is_required()}


@pytest.mark.parametrize("key", Checkpoint.model_fields)
@pytest.mark.parametrize("name", ["muon text classify", "with average"])
def test_state_without_a_key_is_rejected(halfway: HalfwayRuns, tmp_path: Path, name: str, key: str) -> None:
    run = RunFolder(shutil.copytree(halfway[name].run.path, tmp_path / "run"))
    whole = torch.load(run.state_file, weights_only=True)
    assert whole.keys() == Checkpoint.model_fields.keys()
    assert is_valid(store_state(run, whole))
    needed = key not in OPTIONAL or (key == "average" and name == "with average")
    assert is_valid(store_state(run, {k: v for k, v in whole.items() if k != key})) is not needed


def test_state_of_another_optimizer_is_rejected(halfway: HalfwayRuns, tmp_path: Path) -> None:
    runs = [halfway[f"{optimizer} pictures classify"].run for optimizer in OPTIMIZERS]
    states = [torch.load(run.state_file, weights_only=True) for run in runs]
    sgd, muon = list(OPTIMIZERS).index("sgd"), list(OPTIMIZERS).index("muon")
    copy = RunFolder(shutil.copytree(runs[muon].path, tmp_path / "run"))
    assert is_valid(copy)
    assert not is_valid(store_state(copy, {**states[muon], "optimizer": states[sgd]["optimizer"]})), "other groups"
    moments = states[muon]["optimizer"]["state"]
    for change in (
        {0: {}, 99: {}},
        {0: {"momentum_buffer": torch.zeros(2, 2)}},
        {1: {"step": torch.tensor(1.0)}},
        {1: {**moments[1], "exp_avg": "text"}},
        {1: {**moments[1], "exp_avg": torch.zeros(1, 1)}},
    ):
        broken = {**states[muon]["optimizer"], "state": {**moments, **change}}
        assert not is_valid(store_state(copy, {**states[muon], "optimizer": broken})), change
