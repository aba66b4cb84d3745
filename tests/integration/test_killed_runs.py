"""Runs that were killed, failed or damaged are resumed: exactly, or with an error that says why not."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from cli_in_process import command
from launched_runs import (
    CPU,
    ENDLESS,
    assert_same_outcome,
    config_of,
    create_run_and_launch,
    kill,
    read_log,
    wait_until_ended,
    wait_until_progress,
)
from processes import assert_one_line, nn_core, running, the_only_run
from waiting import wait_until

from nn_core.config import get_preset
from nn_core.errors import BadInput
from nn_core.jobs.launcher import launch_run
from nn_core.runs import RunFolder, create_run

# Killed and resumed


def test_killed_run_ends_with_the_weights_of_an_uninterrupted_one(runs_root: Path) -> None:
    """A network without anything that is random; tests/integration/test_soak.py has the others. It trains for some seconds, and the
    status shows each."""
    settings = ("training.batch_size=2", "training.epochs=12", "optimizer.momentum=0.9")
    whole = create_run_and_launch(runs_root, "simple_net", *settings)
    assert wait_until_ended(whole).status == "finished", read_log(whole)

    run = create_run_and_launch(runs_root, "simple_net", *settings, "training.checkpoint_seconds=0.1")
    for least in (0.15, 0.6):
        wait_until_progress(run, least)
        kill(run)
        assert run.status().progress < 1, "killed in the middle"
        assert (run.path / "last.safetensors").exists()
        launch_run(run)
    assert wait_until_ended(run).status == "finished", read_log(run)
    assert_same_outcome(run, whole)
    assert not [name for name in os.listdir(run.path) if name.endswith(".tmp")]


def test_run_killed_before_its_first_checkpoint_starts_again(runs_root: Path) -> None:
    settings = ("training.epochs=20", "training.batch_size=10", "training.checkpoint_seconds=10")
    run = running(create_run_and_launch(runs_root, "simple_net", *settings))
    kill(run)
    assert not run.state_file.exists()
    result = nn_core("resume", run.path)
    assert result.returncode == 0, result.stderr
    whole = create_run_and_launch(runs_root, "simple_net", *settings)
    wait_until_ended(whole)
    assert_same_outcome(run, whole)


def test_training_run_saves_checkpoints_regularly(runs_root: Path) -> None:
    assert get_preset("quick").training.checkpoint_seconds <= 5
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS, "training.checkpoint_seconds=1"))
    wait_until(run.state_file.exists, "there is a first checkpoint")
    for _ in range(3):
        before = run.state_file.stat().st_mtime_ns
        wait_until(lambda then=before: run.state_file.stat().st_mtime_ns > then, "there is the next checkpoint")


def test_half_written_files_of_a_killed_worker_are_removed(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=1"))
    (run.path / ".last.state.12345-1.tmp").write_bytes(b"half")
    launch_run(run)
    assert wait_until_ended(run).status == "finished"
    assert not (run.path / ".last.state.12345-1.tmp").exists()


# Failed


def test_loss_of_nan_fails_the_run_and_suggests_a_remedy(runs_root: Path) -> None:
    settings = ("optimizer.lr=100", "optimizer.weight_decay=1", CPU)
    result = nn_core("train", "--preset", "simple_net", *(part for setting in settings for part in ("--set", setting)))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Try a smaller learning rate" in result.stderr.splitlines()[-1]
    status = the_only_run(runs_root).status()
    assert status.status == "failed"
    assert "optimizer.lr = 10 instead of 100" in status.message


def test_failed_run_resumes_with_a_smaller_rate(runs_root: Path) -> None:
    settings = ("training.epochs=2", "training.checkpoint_seconds=10")
    run = create_run_and_launch(runs_root, "simple_net", *settings, "optimizer.lr=100", "optimizer.weight_decay=1")
    assert wait_until_ended(run).status == "failed", read_log(run)
    smaller = ("--set", "optimizer.lr=0.1", "--set", "optimizer.weight_decay=0")
    result = nn_core("resume", run.path, *smaller)
    assert result.returncode == 0, result.stderr
    assert run.status().status == "finished"
    assert run.status().message == ""


# Damaged


@pytest.fixture(scope="module")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run, of which each test damages a copy."""
    root = tmp_path_factory.mktemp("trained")
    settings = ("--set", CPU, "--set", "training.epochs=1", "--set", "training.batch_size=500")
    assert command("train", "--preset", "simple_net", "--name", "trained", "--runs", root, *settings).code == 0
    return RunFolder(root / "trained")


@pytest.mark.parametrize("damage", ["cut", "garbage", "another pickle", "another network"])
def test_damaged_state_is_named_and_the_weights_are_kept(trained_run: RunFolder, runs_root: Path, damage: str) -> None:
    run = RunFolder(shutil.copytree(trained_run.path, runs_root / "damaged"))
    content = run.state_file.read_bytes()
    if damage == "cut":
        run.state_file.write_bytes(content[: len(content) // 2])
    elif damage == "garbage":
        run.state_file.write_bytes(bytes(range(256)) * 9)
    elif damage == "another pickle":
        torch.save({"metrics_size": 0, "position": [0, 0, 0], "elapsed_seconds": 0}, run.state_file)
    else:
        other = config_of("simple_net", "training.epochs=1", "training.batch_size=500", "model.hidden=7")
        run.write_config(other)
    best, metrics = run.best_weights.read_bytes(), run.metrics_file.read_bytes()
    result = nn_core("resume", run.path, "--set", "training.epochs=2")
    assert result.returncode == 2
    assert "last.state" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert (run.best_weights.read_bytes(), run.metrics_file.read_bytes()) == (best, metrics)
    assert run.status().status == "failed"


def test_run_stored_without_its_state_does_not_restart_over_its_weights(
    finished_run: RunFolder, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "stored")
    shutil.copytree(finished_run.path, run.path)
    run.state_file.unlink()
    before = {file.name: file.read_bytes() for file in run.path.iterdir()}
    with pytest.raises(BadInput, match=r"stored without last\.state"):
        launch_run(run)
    assert_one_line(nn_core("resume", run.path, "--set", "training.epochs=9"), "stored without last.state")
    assert {file.name: file.read_bytes() for file in run.path.iterdir()} == before


class MakesAFolder:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(MakesAFolder.target),)

    target = Path()


def test_state_that_would_run_code_is_refused(runs_root: Path, tmp_path: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=1"))
    MakesAFolder.target = tmp_path / "made"
    torch.save(
        {"metrics_size": 0, "position": [0, 0, 0], "elapsed_seconds": 0.0, "model": MakesAFolder()}, run.state_file
    )
    result = nn_core("resume", run.path)
    assert result.returncode == 2, result.stderr
    assert "last.state" in result.stderr
    assert not MakesAFolder.target.exists()
