"""Runs with several seeds from the command line: trained, repeated, summarised."""

import json
from pathlib import Path

import pytest
from cli_in_process import command
from processes import nn_core
from seed_groups import make_group

from nn_core.runs import RunFolder, list_runs

TINY = ("--preset", "plane", "--set", "training.epochs=1", "--set", "training.device=cpu")


def test_seeds_are_trained_repeated_and_summarised(runs_root: Path) -> None:
    result = nn_core("train", *TINY, "--seeds", "2", "--set", "training.seed=4", "--name", "pair")
    assert result.returncode == 0, result.stderr
    first, second = (RunFolder(Path(line)) for line in result.stdout.splitlines())
    assert (first.name, second.label().name) == ("pair", "pair · seed 5")
    assert [run.status().status for run in (first, second)] == ["finished", "finished"]
    assert [run.config().training.seed for run in (first, second)] == [4, 5]
    assert first.best_weights.read_bytes() != second.best_weights.read_bytes()
    assert "2 of 2: seed" in result.stderr

    again = nn_core("repeat", second.path, "--seeds", "3")
    assert again.returncode == 0, again.stderr
    [third] = (RunFolder(Path(line)) for line in again.stdout.splitlines())
    assert third.config().training.seed == 6
    refused = command("repeat", "pair", "--seeds", "3")
    assert refused.code == 2
    assert "is in a group of at least 3 runs already" in refused.err

    about = json.loads(command("group", "pair", "--json").out)
    assert (about["name"], about["total"], about["finished"], about["figure"]) == ("pair", 3, 3, "accuracy")
    assert [run["seed"] for run in about["runs"]] == [4, 5, 6]
    assert [run["run"] for run in about["runs"]] == [first.name, second.name, third.name]
    assert about["test"]["count"] == 3
    low, high = about["test"]["interval"]
    assert low <= about["test"]["mean"] <= high
    assert "3 of 3 runs have finished" in command("group", third.path).out


def test_a_run_without_a_group_is_named(runs_root: Path) -> None:
    run, other = make_group(runs_root, (0.9, 0.8))
    other.group_file.unlink()
    answer = command("group", run.name)
    assert (answer.code, answer.out) == (2, "")
    assert "is in no group" in answer.err


@pytest.mark.parametrize("count", ["1", "17", "x"])
def test_other_numbers_of_seeds_are_refused(runs_root: Path, count: str) -> None:
    answer = command("train", *TINY, "--seeds", count)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (2, "", 1)
    assert "--seeds" in answer.err
    assert list_runs(runs_root) == []


def test_a_full_disk_keeps_what_was_created_and_says_so(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [run, _second] = make_group(runs_root, (0.9, 0.8))
    monkeypatch.setenv("NN_LAB_FREE_GB", "1e8")
    answer = command("repeat", run.name, "--seeds", "4")
    assert answer.code == 2
    assert "must stay free" in answer.err
    assert len(list_runs(runs_root)) == 2
