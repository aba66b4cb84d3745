"""Runs are exported and imported on the command line; one while its process trains."""

from pathlib import Path
from typing import Any

import pytest
import torch
from cli_in_process import nn_core
from processes import assert_one_line, started, the_only_run
from transfer_files import archive_of, fresh, import_archive, predictions, weights_in
from waiting import wait_until

from nn_core.data import DATASETS
from nn_core.runs import RunFolder, list_runs
from nn_core.training.checkpoint import load_checkpoint
from nn_core.transfer import generate_code, import_run

# Out


def test_a_training_run_is_exported_completely(tmp_path: Path) -> None:
    settings = (
        "--set",
        "training.epochs=500",
        "--set",
        "training.checkpoint_seconds=0.1",
        "--set",
        "training.device=cpu",
    )
    with started("train", "--preset", "simple_net", "--name", "busy", "--runs", tmp_path / "here", *settings):
        busy = the_only_run(tmp_path / "here")
        wait_until(busy.best_weights.exists, "an epoch has ended")
        steps = []
        for number in range(4):
            imported = import_archive(archive_of(busy, tmp_path / f"{number}.zip"), tmp_path)
            state = load_checkpoint(imported.run)
            assert imported.notes == ()
            assert state is not None
            assert imported.run.metrics_file.stat().st_size >= state.metrics_size
            assert imported.run.status().status == "stopped"
            steps.append(state.position[2])
            wait_until(lambda: load_checkpoint(busy).position[2] > steps[-1], "it is saved again")  # type: ignore[union-attr]
    assert steps == sorted(set(steps))


# Back in


def test_an_imported_run_has_the_same_predictions_and_can_resume(
    copied_run: RunFolder, sample: Any, tmp_path: Path
) -> None:
    imported = import_run(archive_of(copied_run, tmp_path / "out.zip"), tmp_path / "there", tmp_path)
    assert imported.notes == ()
    assert imported.run.name == "finished"
    assert imported.run.config() == copied_run.config()
    theirs, ours = imported.run.status(), copied_run.status()
    assert (theirs.status, theirs.best, theirs.steps) == (ours.status, ours.best, ours.steps)
    assert imported.run.metrics_file.read_bytes() == copied_run.metrics_file.read_bytes()
    pictures = sample.test.inputs[::20]
    assert torch.equal(predictions(imported.run, pictures, tmp_path), predictions(copied_run, pictures, tmp_path))
    state = load_checkpoint(imported.run)
    assert state is not None
    assert state.position == load_checkpoint(copied_run).position  # type: ignore[union-attr]
    further = nn_core("resume", imported.run.path, "--set", "training.epochs=3")
    assert further.returncode == 0, further.stderr
    assert imported.run.status().epochs_done == 3


# The command line


def test_the_command_line_exports_imports_and_shows_the_code(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    for form in ("zip", "pt"):
        result = nn_core("export", finished_run.path, "--as", form, "--to", tmp_path / f"out.{form}")
        assert (result.returncode, result.stdout) == (0, f"{tmp_path / f'out.{form}'}\n"), result.stderr
    shown = nn_core("code", finished_run.path)
    assert shown.stdout == generate_code(finished_run.config(), DATASETS["mnist_sample"])
    brought = nn_core("import", tmp_path / "out.zip", "--name", "again")
    assert brought.stdout == f"{tmp_path / 'runs' / 'again'}\n", brought.stderr
    brought = nn_core("import", tmp_path / "out.pt", "--preset", "simple_net")
    assert brought.stdout == f"{tmp_path / 'runs' / 'out'}\n", brought.stderr
    assert RunFolder(tmp_path / "runs" / "out").config().model.name == "simple_net"


def test_the_command_line_refuses_in_one_line(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    weights = weights_in(tmp_path / "net.pt", fresh())
    archive = archive_of(finished_run, tmp_path / "out.zip")
    assert_one_line(
        nn_core("import", weights, "--preset", "simple_net"), "'net.pt' does not fit the network 'simple_net'"
    )
    assert_one_line(nn_core("import", tmp_path / "none.zip"), "There is no file")
    assert_one_line(nn_core("import", archive, "--preset", "net"), "contains its settings")
    assert_one_line(nn_core("export", finished_run.path, "--to", tmp_path / "no" / "x.pt"), "Cannot write")
    assert list_runs(tmp_path / "runs") == []
