"""`evaluate`, `info` and `list` name the split that each figure is of."""

import json
from pathlib import Path

import pytest
from runs_with_a_result import SAMPLES, run_of
from typer.testing import CliRunner

from nn_core.atomic_io import replace_json
from nn_core.cli import app as commands
from nn_core.evaluation import evaluate_run
from nn_core.formatting import format_percent
from nn_core.paths import get_data_folder


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
