"""About this run: what its tabs show, also for runs of older versions and with hostile texts."""

from html import escape
from pathlib import Path

import pytest
from apptest_pages import app, texts
from streamlit.testing.v1 import AppTest

from nn_core.config import get_preset, update_config
from nn_core.runs import RunFolder, create_run
from nn_core.runs.environment import read_environments, record_environment
from nn_core.runs.run_command import EXPORT_PURPOSES

TABS = ["Settings", "Commands", "Environment", "Log", "Files"]
HOSTILE = "<b>x</b> $y$ **z** `q` \u202e <script>alert(1)</script>" + "W" * 1000


@pytest.fixture
def run(finished_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("NN_LAB_RUNS", str(finished_run.path.parent))
    return finished_run


def open_tab(run: RunFolder, tab: str) -> AppTest:
    test = app("train", run=run.name, about=tab)
    assert not test.exception
    assert [each.label for each in test.tabs][-5:] == TABS
    return test


def read_tables(test: AppTest) -> str:
    """The HTML of the tables."""
    return "".join(html.proto.body for html in test.get("html") if 'class="about"' in html.proto.body)


def test_the_settings_are_open_at_first_and_differences_are_marked(run: RunFolder) -> None:
    test = app("train", run=run.name)
    assert "about" not in test.query_params
    assert "was started from the preset simple\\_net" in texts(test)
    shown = read_tables(test)
    assert "<code>training.seed</code>" in shown
    assert shown.count("<strong>preset: ") == 3
    assert "<strong>preset: 0.01</strong>" in shown
    test.toggle(key="only_differences").set_value(True).run()
    fewer = read_tables(test)
    assert fewer.count("<tr>") == 3
    assert "<code>optimizer.lr</code>" in fewer


def test_command_environment_and_log_are_shown(run: RunFolder) -> None:
    test = open_tab(run, "command")
    again, further, evaluate, predict, *exports = (code.value for code in test.code)
    assert again == (
        "python -m nn_core train --preset simple_net --set optimizer.lr=0.1 --set training.epochs=2 --set training.device=cpu"
    )
    assert further == "python -m nn_core resume finished --set training.epochs=4"
    assert evaluate == "python -m nn_core evaluate finished"
    assert predict == "python -m nn_core predict finished picture.png"
    assert exports == [f"python -m nn_core export finished --as {each}" for each in EXPORT_PURPOSES]
    shown = read_tables(open_tab(run, "environment"))
    (environment,) = read_environments(run)
    assert "Started " in shown
    assert escape(environment.torch) in shown
    assert "Epoch 2 of 2" in open_tab(run, "log").code[0].value


def test_every_file_is_listed_with_its_purpose(run: RunFolder) -> None:
    test = open_tab(run, "files")
    names = {button.label for button in test.get("download_button")}
    expected = {file.name for file in run.path.iterdir() if file.stat().st_size}
    assert expected <= names
    assert {"CSV", "Parquet", "TensorBoard (.zip)"} <= names
    assert "the curves, append-only, one JSON object per line" in texts(test)


def test_an_older_run_says_what_was_not_recorded(run: RunFolder, runs_root: Path) -> None:
    create_run(runs_root, get_preset("plane"), "older")
    older = RunFolder(runs_root / "older")
    test = open_tab(older, "environment")
    assert "not recorded" in "".join(info.value for info in test.info)
    assert "There is no log" in "".join(info.value for info in open_tab(older, "log").info)
    settings = open_tab(older, "settings")
    assert "not recorded. Its settings are compared with plane" in texts(settings)
    settings.toggle(key="only_differences").set_value(True).run()
    assert "No setting differs" in "".join(info.value for info in settings.info)


def test_texts_of_others_stay_text(run: RunFolder, runs_root: Path) -> None:
    other = create_run(runs_root, get_preset("simple_net"), "other", preset="simple_net")
    other.write_config(update_config(other.config(), {"training": {"start_from": HOSTILE[:90]}}))
    (environment,) = read_environments(run)
    record_environment(other, environment.model_copy(update={"device": HOSTILE[:150], "started_at": HOSTILE[:20]}))
    record_environment(other, environment.model_copy(update={"step": 7}))
    other.log_file.write_bytes(f"{HOSTILE}\x1b[31mred\x07\n".encode() + b"\xff\n" + b"line\n" * 200)
    for tab in ("settings", "environment"):
        shown = read_tables(open_tab(other, tab))
        assert "<script>" not in shown
        assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "Resumed after step 7" in shown
    test = open_tab(other, "log")
    assert test.code[0].value.splitlines() == ["line"] * 100
    test.toggle(key="whole_log").set_value(True).run()
    first, second, *_lines = test.code[0].value.splitlines()
    assert first.endswith("W[31mred")
    assert second == "\N{REPLACEMENT CHARACTER}"


def test_a_run_is_compared_with_the_preset_that_it_was_started_from(runs_root: Path) -> None:
    run = create_run(runs_root, get_preset("plane"), "moved", preset="mlp")
    shown = read_tables(open_tab(run, "settings"))
    assert "<strong>preset: mnist_sample</strong>" in shown
    assert "--preset mlp --set data.name=moons" in open_tab(run, "command").code[0].value
