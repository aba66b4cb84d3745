"""On the command line: metrics are exported, and the printed command repeats a run bit by bit."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pandas
import pytest
import torch
from cli_in_process import nn_core
from in_process_runs import assert_same_outcome
from processes import assert_one_line
from pyarrow import parquet
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from nn_core.jobs import environment
from nn_core.jobs.environment import describe_environment
from nn_core.runs import RunFolder


def export(*arguments: object) -> Path:
    """The path that `export` prints in its last line."""
    result = nn_core("export", *arguments)
    assert result.returncode == 0, result.stderr
    return Path(result.stdout.splitlines()[-1])


def test_metrics_are_exported_in_every_format(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = export(finished_run.path, "--as", "csv")
    assert file == Path("finished.csv")
    table = pandas.read_csv(file)
    assert list(table.split.unique()) == ["train", "validation", "test"]
    file = export(finished_run.path, "--as", "parquet", "--to", tmp_path / "x.parquet")
    assert file == tmp_path / "x.parquet"
    pandas.testing.assert_frame_equal(parquet.read_table(file).to_pandas(), table, check_dtype=False)
    folder = export(finished_run.path, "--as", "tensorboard")
    assert folder == Path("finished.tensorboard")
    events = EventAccumulator(str(folder))
    events.Reload()
    assert "loss/train" in events.Tags()["scalars"]
    assert_one_line(
        nn_core("export", finished_run.path, "--as", "tensorboard"), "'finished.tensorboard' already exists"
    )
    assert {each.name for each in tmp_path.iterdir()} == {"finished.csv", "x.parquet", "finished.tensorboard"}


def test_the_printed_command_repeats_the_run_bit_by_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    changes = [
        "optimizer.name=adam",
        "optimizer.lr=0.004",
        "model.hidden=[9, 7]",
        "training.epochs=2",
        "training.seed=3",
    ]
    changes += ["training.device=cpu", "data.plane.noise=0.2"]
    words = [word for change in changes for word in ("--set", change)]
    first = nn_core("train", "--preset", "plane", "--name", "first", *words)
    assert first.returncode == 0, first.stderr
    info = json.loads(nn_core("info", "first", "--json").stdout)
    assert info["preset"] == "plane"
    assert [each["step"] for each in info["environment"]] == [0]
    python, *arguments = shlex.split(info["command"])
    assert (python, arguments[:2]) == ("python", ["-m", "nn_core"])
    second = nn_core(*arguments[2:], "--name", "second")
    assert second.returncode == 0, second.stderr
    assert_same_outcome(RunFolder(tmp_path / "runs" / "second"), RunFolder(tmp_path / "runs" / "first"))
    file = export("first", "second", "--as", "csv", "--to", tmp_path / "both.csv")
    assert set(pandas.read_csv(file).run) == {"first", "second"}
    folder = export("first", "second", "--as", "tensorboard", "--to", tmp_path / "events")
    assert {each.name for each in folder.iterdir()} == {"first", "second"}
    assert_one_line(nn_core("export", "first", "second"), "takes one run, not 2")
    assert_one_line(nn_core("export", "first", "first", "--as", "csv"), "'first' is given twice")
    assert_one_line(nn_core("export", "first", "none", "--as", "csv"), "No run named 'none'")
    assert_one_line(nn_core("export", "first", "--as", "csv", "--to", tmp_path), "Cannot write", "--to")
    assert_one_line(nn_core("export", "first", "--as", "xlsx"), "'xlsx'", "'parquet'")


def test_commit_and_changes_of_a_checkout_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    assert describe_environment(cpu, 0).commit == "", "no checkout"
    code = tmp_path / "code.py"
    code.write_text("print(1)\n")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "someone@example.org")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--no-gpg-sign", "-m", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    clean = describe_environment(cpu, 0)
    assert (len(clean.commit), clean.is_changed) == (40, False)
    (tmp_path / "untracked").write_text("")
    assert not describe_environment(cpu, 0).is_changed
    code.write_text("print(2)\n")
    changed = describe_environment(cpu, 0)
    assert (changed.commit, changed.is_changed) == (clean.commit, True)
    monkeypatch.setenv("PATH", os.devnull)
    assert describe_environment(cpu, 0).commit == "", "no git"
