"""Links that were copied from the version at commit 44692ec open what they opened there, with runs which that version wrote."""

import json
import shutil
from pathlib import Path

import pytest
from apptest_pages import app
from processes import SUPPORT


@pytest.fixture
def old_runs(runs_root: Path) -> Path:
    return shutil.copytree(SUPPORT / "old_runs" / "runs", runs_root)


def test_a_playground_link_sets_data_network_and_optimizer(runs_root: Path) -> None:
    link = {
        "set": "circles",
        "noise": "0.2",
        "points": "300",
        "hidden": "4-3",
        "activation": "relu",
        "optimizer": "sgd",
    }
    test = app("playground", **link, rate="0.03")
    assert not test.warning
    assert not test.exception
    assert (
        test.session_state["playground_shown"] | {"set": "circles", "hidden": (4, 3)}
        == test.session_state["playground_shown"]
    )
    assert test.slider(key="noise").value == 0.2
    assert test.slider(key="points").value == 300
    assert test.selectbox(key="activation").value == "relu"
    assert test.selectbox(key="optimizer").value == "sgd"
    assert test.select_slider(key="rate").value == 0.03


@pytest.mark.parametrize(
    ("page", "run"),
    [
        *((page, "finished-classifier") for page in ("train", "evaluate", "draw", "inside")),
        *((page, "autoencoder") for page in ("train", "evaluate", "inside")),
        *((page, "text") for page in ("train", "evaluate", "text")),
        *((page, "points") for page in ("train", "evaluate")),
        *((page, "fine-tuned") for page in ("train", "evaluate", "draw")),
        *(("train", run) for run in ("interrupted", "stopped-in-an-epoch")),
    ],
)
def test_a_link_to_a_run_opens_it(old_runs: Path, page: str, run: str) -> None:
    test = app(page, run=run)
    assert not test.exception
    assert not test.error
    shown = [box.value for box in test.selectbox if box.key == "run_picker"]
    assert shown in ([], [run])
    assert test.query_params["run"] in (run, [run])


def test_the_links_of_the_other_pages_work(old_runs: Path) -> None:
    assert app("data", set="moons").selectbox(key="dataset").value == "moons"
    beside = app("draw", run="finished-classifier", beside="fine-tuned")
    assert not beside.warning
    assert not beside.exception
    filled = app("train", like="stopped-in-an-epoch")
    config = json.loads((old_runs / "stopped-in-an-epoch" / "config.json").read_text())
    assert not filled.exception
    assert any(box.value == config["training"]["epochs"] for box in filled.number_input)
