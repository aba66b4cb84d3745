"""A run's page says what is probably wrong, and its button starts a run with better settings."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from guessing_runs import guessing_run
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run
from visitors import come_as

from nn_core.runs import RunFolder, list_runs
from ui.train import diagnosis


@pytest.fixture
def guessing(runs_root: Path) -> RunFolder:
    return guessing_run(runs_root)


def shown_box(test: AppTest) -> str:
    return "\n".join(element.value for element in test.markdown if "troubleshoot" in element.value)


def test_the_page_names_the_cause_and_the_button_starts_a_better_run(guessing: RunFolder) -> None:
    test = app("train", run=guessing.name)
    assert not test.exception
    assert "No better than guessing" in shown_box(test)
    assert "The learning rate 5 is probably too high." in shown_box(test)
    assert "0.01 is known to work for this network and optimizer." in texts(test)
    button = test.button(key="try_remedy")
    assert button.label == "Try 0.01"
    assert "optimizer.lr = 0.01" in button.help
    button.click().run()
    assert not test.exception
    (new,) = [run for run in list_runs(guessing.path.parent) if run != guessing]
    before, after = guessing.config(), new.config()
    assert after.optimizer.lr == 0.01
    assert after.model_copy(update={"optimizer": before.optimizer}) == before
    assert new.name in test.query_params["run"]


def test_viewers_see_the_finding_and_cannot_start_a_run(guessing: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch, "viewer")
    test = app("train", run=guessing.name)
    assert "The learning rate 5 is probably too high." in shown_box(test)
    assert test.button(key="try_remedy").disabled


def test_a_run_that_trains_is_examined_once_until_it_has_twice_as_many_epochs(
    guessing: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = guessing.status()
    running = status.model_copy(update={"status": "running", "step": 200, "epochs_done": 4})
    later = running.model_copy(update={"step": 350, "epochs_done": 7})
    twice = running.model_copy(update={"step": 400, "epochs_done": 8})
    versions = [diagnosis._get_version(guessing, each) for each in (running, later, twice)]
    assert versions[0] == versions[1] != versions[2]


def test_nothing_is_shown_for_a_run_that_waits_or_that_comes_with_nn_lab(runs_root: Path) -> None:
    run = untrained_run(runs_root, "simple_net", "optimizer.lr=5")
    run.write_status(run.status().model_copy(update={"status": "queued"}))
    for name in (run.name, "pretrained-digits"):
        test = app("train", run=name)
        assert not test.exception
        assert not shown_box(test)
