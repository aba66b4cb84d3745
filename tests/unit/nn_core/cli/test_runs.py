"""`evaluate`, `info` and `list` name the split that each figure is of; `list`, `info` and `rename` with names and notes."""

import json
from pathlib import Path

import pytest
from runs_with_a_result import SAMPLES, run_of
from typer.testing import CliRunner

from nn_core.atomic_io import replace_json
from nn_core.cli import app as commands
from nn_core.config import apply_settings, get_preset
from nn_core.evaluation import evaluate_run
from nn_core.formatting import format_percent
from nn_core.paths import get_data_folder
from nn_core.runs import RunLabel, create_run, list_runs
from nn_core.runs.store import is_suggested_name


@pytest.mark.parametrize("preset", [*SAMPLES, "autoencoder"])
def test_evaluate_names_the_kind_of_samples(runs_root: Path, preset: str) -> None:
    run = run_of(runs_root, preset)
    answer = CliRunner().invoke(commands, ["evaluate", run.name])
    evaluation = run.evaluation()
    assert evaluation
    samples = SAMPLES.get(preset, "pictures")
    assert answer.stdout.rstrip().endswith(f"{evaluation.samples:,} {samples}.")
    if preset == "autoencoder":
        assert answer.stdout.startswith(f"Test error {evaluation.mean_squared_error:.5f} ")
    else:
        low, high = (format_percent(bound, 2) for bound in evaluation.accuracy_interval)
        assert (
            f"Test accuracy {format_percent(evaluation.accuracy, 2)} (95 % interval {low} to {high})" in answer.stdout
        )


def test_info_and_list_name_the_split_and_ignore_an_outdated_evaluation(
    runs_root: Path,
) -> None:
    run = run_of(runs_root, "simple_net")
    evaluation = evaluate_run(run, get_data_folder())
    runner = CliRunner()
    shown = runner.invoke(commands, ["info", run.name]).stdout
    assert "best: validation accuracy 93.21 % after epoch 1\n" in shown
    assert f"test_accuracy: {format_percent(evaluation.accuracy, 2)}\n" in shown
    assert runner.invoke(commands, ["list"]).stdout == f"{run.name}\tfinished\tvalidation accuracy 93.21 %\n"
    replace_json(run.evaluation_file, {**evaluation.to_json(), "step": 7})
    assert "test_accuracy" not in runner.invoke(commands, ["info", run.name]).stdout
    assert json.loads(runner.invoke(commands, ["info", run.name, "--json"]).stdout)["test_accuracy"] is None


def run_command(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(commands, list(arguments))
    return answer.exit_code, answer.stdout or str(answer.exception)


def test_a_run_is_renamed_and_found_by_its_name(runs_root: Path) -> None:
    run = create_run(runs_root, apply_settings(get_preset("simple_net"), ["optimizer.lr=5"]))
    assert run_command("list") == (0, f"{run.name}\tinterrupted\t\tSimple network, rate 5\n")
    assert run_command("rename", run.name, "--name", "Rate 5: too <b>high</b>?", "--note", "first\nline\t2") == (
        0,
        "Rate 5: too <b>high</b>?\n",
    )
    shown = f"{run.name}\tinterrupted\t\tRate 5: too <b>high</b>?\tfirst line 2\n"
    assert run_command("list") == (0, shown)
    for found in (run_command("list", "--json"), run_command("info", "Rate 5: too <b>high</b>?", "--json")):
        answer = json.loads(found[1])
        summary = answer[0] if isinstance(answer, list) else answer
        assert summary["name"] == run.name, "what other commands take"
        assert summary["title"] == summary["given_name"] == "Rate 5: too <b>high</b>?"
        assert summary["note"] == "first\nline\t2"
    assert "title: Rate 5: too <b>high</b>?\nnote: first line 2\n" in run_command("info", run.name)[1]
    assert run_command("rename", run.name, "--name", "") == (0, "Simple network, rate 5\n")
    assert run.label().note


def test_a_name_that_two_runs_have_is_ambiguous(runs_root: Path) -> None:
    runs = [create_run(runs_root, get_preset("net"), label=RunLabel(name="mine/1")) for _number in range(2)]
    code, message = run_command("info", "mine/1")
    assert code == 1
    assert message.startswith("2 runs are named 'mine/1'. Give the folder of one of them: ")
    assert all(run.name in message for run in runs)


def test_a_damaged_run_is_listed_with_its_name(runs_root: Path) -> None:
    run = create_run(runs_root, get_preset("net"), label=RunLabel(name="mine", note="why"))
    run.config_file.write_text("{")
    (summary,) = json.loads(run_command("list", "--json")[1])
    assert (summary["status"], summary["title"], summary["note"]) == ("damaged", "mine", "why")
    assert run_command("rename", run.name, "--name", "broken") == (0, "broken\n")


def test_rename_says_what_it_needs(runs_root: Path) -> None:
    run = create_run(runs_root, get_preset("net"))
    assert run_command("rename", run.name) == (
        1,
        f"There is nothing to change in '{run.name}': give --name, --note or both.",
    )
    assert "at most 80 are possible: shorten it." in run_command("rename", run.name, "--name", "x" * 81)[1]
    assert not run.label_file.exists()


@pytest.mark.parametrize(
    ("arguments", "folder", "label"),
    [
        ((), None, None),
        (("--name", "base line"), "base line", None),
        (("--name", "base line", "--note", "why"), "base line", RunLabel(note="why")),
        (("--name", "5: too <b>high</b>?"), None, RunLabel(name="5: too <b>high</b>?")),
        (("--note", "why"), None, RunLabel(note="why")),
    ],
)
def test_train_names_the_run_and_if_possible_its_folder(
    runs_root: Path, arguments: tuple[str, ...], folder: str | None, label: RunLabel | None
) -> None:
    settings = ("--set", "training.epochs=1", "--set", "training.device=cpu", "--set", "training.batch_size=4000")
    assert CliRunner().invoke(commands, ["train", "--preset", "simple_net", *settings, *arguments]).exit_code == 0
    (run,) = list_runs(runs_root)
    assert run.name == folder or (folder is None and is_suggested_name(run.name))
    assert run.label() == (label or RunLabel())
    assert run.label_file.exists() is (label is not None)
    (summary,) = json.loads(run_command("list", "--json")[1])
    assert summary["given_name"] == (folder or (label.name if label else ""))
