"""Every page of a run that predicts a number, and of data sets that are typed or drawn."""

from pathlib import Path

import pytest
from apptest_pages import app, list_rows, texts
from cli_in_process import command
from drawn import drawn_settings
from streamlit.testing.v1 import AppTest

from nn_core.config import RunConfig, get_preset
from nn_core.runs import create_run

POINTS = ("--preset", "plane", "--set", "data.plane.points=120", "--set", "training.epochs=2")


def planes(test: AppTest, name: str) -> int:
    return sum(part.proto.component_name == f"nn_lab.{name}" for part in test.get("bidi_component"))


@pytest.fixture
def value_run(runs_root: Path) -> str:
    settings = ("--set", "data.name=function", "--set", "data.plane.function=x1*x2")
    answer = command("train", *POINTS, *settings, "--name", "product", "--runs", runs_root)
    assert answer.code == 0, answer.err
    return "product"


def test_every_page_of_the_run_shows_values(value_run: str) -> None:
    test = app("train", run=value_run)
    assert not test.exception
    assert not test.error
    assert planes(test, "surface") == 1
    assert test.metric[0].label == "Test R²"
    assert "root mean squared error of the test" in texts(test)
    test = app("evaluate", run=value_run)
    assert not test.exception
    assert not test.error
    assert [metric.label for metric in test.metric] == ["Test R²", "Root mean squared error", "Mean absolute error"]
    assert planes(test, "surface") == 1
    (errors,) = [each for each in test.get("bidi_component") if each.proto.component_name == "nn_lab.example_list"]
    assert "point" in errors.proto.json
    test = app("runs")
    assert any(row["Validation R²"] for row in list_rows(test))
    assert not app("home").exception


def test_the_form_follows_the_typed_function(runs_root: Path) -> None:
    test = app("train", data="function")
    assert test.selectbox(key="plane.loss.name").value == "cross_entropy"
    test.text_input(key="plane.data.plane.function").set_value("x1*x2").run()
    assert not test.exception
    assert test.selectbox(key="plane.loss.name").options == ["Mean squared error", "Mean absolute error", "Huber loss"]
    assert not test.error
    test.text_input(key="plane.data.plane.function").set_value("x1 > 9").run()
    assert "each of the two classes needs at least 1 %" in test.error[0].value
    assert test.button(key="start_training").disabled


def test_the_data_page_shows_typed_functions_and_values(runs_root: Path) -> None:
    test = app("data", set="function")
    assert planes(test, "boundary") == 1
    test.text_input(key="plane.function").set_value("x1^2 - x2").run()
    assert planes(test, "surface") == 1
    assert test.metric[0].label == "Values"
    test.text_input(key="plane.function").set_value("x1^2 - x9").run()
    assert "Unknown name 'x9'" in test.info[0].value
    test = app("data", set="drawn")
    assert not test.exception
    assert "There are 0 drawn points" in test.info[0].value


def test_drawn_points_are_trained_on_and_shown(runs_root: Path) -> None:
    config = get_preset("plane").model_copy(update={"data": drawn_settings()})
    training = config.training.model_copy(update={"epochs": 1})
    run = create_run(runs_root, RunConfig.model_validate({**dict(config), "training": training}), "by-hand")
    assert command("resume", run.path).code == 0
    test = app("train", run=run.name)
    assert not test.exception
    assert planes(test, "boundary") == 1
    assert "A" in texts(app("evaluate", run=run.name))
    test = app("train", like=run.name)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key=f"like-{run.name}.data.name").value == "drawn"
