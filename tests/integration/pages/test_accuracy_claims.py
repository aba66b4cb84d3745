"""What pages and commands claim of a network: each figure says of which split it is, and what is new to it was tested."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from apptest_pages import app, texts
from runs_with_a_result import SAMPLES, VALIDATION_ACCURACY, run_of
from streamlit.testing.v1 import AppTest

from nn_core.atomic_io import replace_json
from nn_core.evaluation import evaluate_run
from nn_core.formatting import format_percent
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder


@contextmanager
def at_work(run: RunFolder, activity: str) -> Iterator[None]:
    """As if a process trained the run, or tested it."""
    run.write_status(run.status().model_copy(update={"status": "running", "activity": activity}))
    with run.lock():
        yield


def figures(test: AppTest) -> list[tuple[str, str]]:
    return [(metric.label, str(metric.value)) for metric in test.metric]


@pytest.mark.parametrize("preset", SAMPLES)
def test_the_result_is_that_of_the_test_split(runs_root: Path, preset: str) -> None:
    run = run_of(runs_root, preset)
    evaluation = evaluate_run(run, get_data_folder())
    test = app("train", run=run.name)
    accuracy = format_percent(evaluation.accuracy)
    assert f"**Done.** It gets {accuracy} of new {SAMPLES[preset]} right (test accuracy)." in texts(test)
    first, second, *_rest = figures(test)
    assert first == ("Test accuracy", accuracy)
    assert second == ("Validation accuracy (best epoch)", format_percent(VALIDATION_ACCURACY))


@pytest.mark.parametrize("preset", SAMPLES)
@pytest.mark.parametrize("outdated", [False, True])
def test_without_a_test_the_validation_accuracy_is_named_so(runs_root: Path, preset: str, outdated: bool) -> None:
    run = run_of(runs_root, preset)
    if outdated:
        replace_json(run.evaluation_file, {**evaluate_run(run, get_data_folder()).to_json(), "step": 7})
    test = app("train", run=run.name)
    said = f"**Done.** Its validation accuracy is 93.2 %. It has not been tested on new {SAMPLES[preset]} yet."
    assert said in texts(test)
    assert figures(test)[0] == ("Validation accuracy (best epoch)", "93.2 %")
    assert "test accuracy" not in texts(test).lower()


def test_a_run_that_was_stopped_claims_nothing_about_a_test(runs_root: Path) -> None:
    run = run_of(runs_root, "simple_net")
    run.write_status(run.status().model_copy(update={"status": "stopped"}))
    test = app("train", run=run.name)
    assert figures(test)[0] == ("Validation accuracy (best epoch)", "93.2 %")
    assert "Done." not in texts(test)


def test_a_damaged_evaluation_is_none(runs_root: Path) -> None:
    run = run_of(runs_root, "simple_net")
    run.evaluation_file.write_text("{")
    test = app("train", run=run.name)
    assert not test.exception
    assert "It has not been tested on new pictures yet." in texts(test)


@pytest.mark.parametrize("preset", [*SAMPLES, "autoencoder"])
def test_while_the_test_runs_it_is_said_so(runs_root: Path, preset: str) -> None:
    run = run_of(runs_root, preset)
    samples = SAMPLES.get(preset, "pictures")
    with at_work(run, "evaluating"):
        test = app("train", run=run.name)
        assert f"Testing on new {samples}" in texts(test)
        label, value = figures(test)[0]
        assert (label, value) == (
            "Test mean squared error" if preset == "autoencoder" else "Test accuracy",
            "testing …",
        )
        assert "left" not in texts(test)
    with at_work(run, "training"):
        label, _value = figures(app("train", run=run.name))[0]
        assert label == ("Validation mean squared error" if preset == "autoencoder" else "Validation accuracy")


def test_an_autoencoder_has_an_error_of_each_split(runs_root: Path) -> None:
    run = run_of(runs_root, "autoencoder")
    assert "Its validation mean squared error is 0.4321." in texts(app("train", run=run.name))
    error = evaluate_run(run, get_data_folder()).mean_squared_error
    test = app("train", run=run.name)
    assert f"It reproduces new pictures with a mean squared error of {error:.4f} (test error)." in texts(test)
    assert figures(test)[:2] == [
        ("Test mean squared error", f"{error:.4f}"),
        ("Validation mean squared error (best epoch)", "0.4321"),
    ]
    assert "accuracy" not in " ".join(label for label, _value in figures(test)).lower()


def test_curves_that_are_compared_name_their_split(runs_root: Path) -> None:
    run_of(runs_root, "simple_net")
    test = app("runs")
    assert "Validation accuracy (%) of the runs" in _chart(test)
    test.button_group(key="compared_split").set_value("train").run()
    test.button_group(key="compared_quantity").set_value("loss").run()
    assert "Training loss of the runs" in _chart(test)


def _chart(test: AppTest) -> str:
    (chart,) = test.get("plotly_chart")
    return str(chart.proto)
