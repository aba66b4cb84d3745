"""The Network tab of a run, the held-out examples above its curves, and the command vitals."""

import json
from itertools import pairwise

import pytest
from apptest_pages import app, texts
from cli_in_process import command
from streamlit.testing.v1 import AppTest

from nn_core.runs import History, RunFolder
from nn_core.vitals.pictures import Answers, read_part
from ui.app.run_labels import get_run_labels
from ui.train.network_tab import find_low_rate


@pytest.fixture
def run(finished_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("NN_LAB_RUNS", str(finished_run.path.parent))
    return finished_run


def open_network(run: RunFolder) -> AppTest:
    test = app("train", run=run.name)
    test.session_state[f"views-{run.name}"] = "Network"
    return test.run()


def test_the_examples_are_above_the_curves_and_the_tab_shows_the_layers(run: RunFolder) -> None:
    test = app("train", run=run.name)
    assert not test.exception
    answers = read_part(run.examples_file, Answers)
    assert answers is not None
    correct = sum(map(str.__eq__, answers.answers, answers.inputs.labels))
    assert f"Held-out examples after epoch 2.0: {correct} of 10 right" in texts(test)
    assert [tab.label for tab in test.tabs][:2] == ["Curves", "Network"]
    assert "Layers over the epochs" not in [header.value for header in test.header]
    opened = open_network(run)
    assert not opened.exception
    headings = [header.value for header in opened.header]
    first = headings.index("Layers over the epochs")
    assert headings[first + 1 : first + 3] == ["Filters of the first layer", "Activations for one example"]
    assert "Look for updates in the grey range" in texts(opened)


def test_the_tab_says_why_there_is_nothing(copied_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(copied_run.path.parent))
    for file in (copied_run.vitals_file, copied_run.examples_file, copied_run.network_file):
        file.unlink()
    test = open_network(copied_run)
    assert not test.exception
    assert "an earlier version trained this run" in "".join(info.value for info in test.info)
    copied_run.vitals_file.write_text('{"step": 1, "epoch": 1, "layers": {"<b>x</b>": {}}}\nno line\n')
    copied_run.network_file.write_text('{"step": 1}')
    assert not open_network(copied_run).exception


@pytest.mark.parametrize(("last", "low"), [(0.004, 0.004), (0.05, None)])
def test_updates_are_judged_by_the_learning_rate_of_the_last_step(
    run: RunFolder, last: float, low: float | None
) -> None:
    history = History(run.metrics_file)
    assert find_low_rate(get_run_labels(run), run.status(), history) is None  # nothing is known yet
    history.last_train["lr"] = last
    assert run.config().optimizer.lr == 0.1
    assert find_low_rate(get_run_labels(run), run.status(), history) == low


def test_the_command_prints_the_figures_of_each_layer(run: RunFolder) -> None:
    layers = json.loads(command("vitals", run.name, "--json").out)["layers"]
    assert list(layers) == ["1", "3"]
    for points in layers.values():
        assert points[-1]["step"] == run.status().step
        assert points[-1].keys() >= {
            "step",
            "weight_norm",
            "gradient_norm",
            "update_ratio",
            "dead_share",
            "saturated_share",
        }
        assert all(first["step"] < second["step"] for first, second in pairwise(points))
    assert 0 <= layers["1"][-1]["dead_share"] < 1
    assert "weight_norm" in command("vitals", run.name).out


def test_the_command_refuses_a_run_that_was_not_measured(copied_run: RunFolder) -> None:
    copied_run.vitals_file.unlink()
    answer = command("vitals", copied_run.path, "--json")
    assert answer.code == 2
    assert answer.err.startswith("Run 'finished' has no vitals")
    assert len(answer.err.splitlines()) == 1
