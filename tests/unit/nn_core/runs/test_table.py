"""The rows and columns of the table of runs."""

import json
import shutil
from pathlib import Path

import pytest

from nn_core.config import apply_settings, get_preset
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, list_runs, make_titles, rename_run
from nn_core.runs.columns import COLUMNS, find_setting_columns, get_columns, get_text, get_value, group_rows, sort_rows
from nn_core.runs.setting_values import read_settings
from nn_core.runs.table import RunRow, make_rows


def add(root: Path, name: str, *settings: str, preset: str = "simple_net") -> RunFolder:
    return create_run(root, apply_settings(get_preset(preset), settings), name)


def read_rows(root: Path) -> dict[str, RunRow]:
    runs = list_runs(root)
    return {row.name: row for row in make_rows(runs, make_titles(runs))}


def test_there_is_a_column_for_each_setting_that_differs(tmp_path: Path) -> None:
    add(tmp_path, "a", "optimizer.lr=0.5")
    add(tmp_path, "b", "optimizer.lr=0.001", "training.seed=3", "training.epochs=2", "training.device=cpu")
    rows = list(read_rows(tmp_path).values())
    assert find_setting_columns(rows) == ["optimizer.lr", "training.seed"], "epochs have a column of their own"
    assert find_setting_columns(rows[:1]) == []
    assert [get_text(row, "optimizer.lr") for row in sort_rows(rows, "run", descending=False)] == ["0.5", "0.001"]


def test_settings_that_most_runs_do_not_have_come_last(tmp_path: Path) -> None:
    for number in range(3):
        add(tmp_path, f"a{number}", f"training.seed={number}")
    for number in (1, 2):
        add(tmp_path, f"b{number}", f"model.dropout=0.{number}", preset="mlp")
    found = find_setting_columns(list(read_rows(tmp_path).values()))
    assert found.index("training.seed") < found.index("model.dropout")


def test_a_row_says_what_is_known_of_a_finished_run(tmp_path: Path) -> None:
    run = RunFolder(shutil.copytree(SHIPPED_RUN, tmp_path / "copy"))
    rename_run(run, note="first\n# second", add_tags=["good", "b"])
    row = read_rows(tmp_path)["copy"]
    status = run.status()
    assert (row.status, row.network, row.data) == ("finished", "quick", run.config().data.name)
    shown = {key: get_text(row, key) for key in COLUMNS}
    assert shown["parameters"] == f"{status.parameters:,}"
    assert shown["epochs"] == f"{status.epochs} / {status.epochs}"
    assert shown["note"] == "first # second"
    assert shown["tags"] == "good, b"
    evaluation = run.evaluation()
    assert evaluation
    assert evaluation.accuracy == get_value(row, "test")
    low, high = json.loads(run.evaluation_file.read_bytes())["accuracy_interval"]
    assert shown["test"] == f"{100 * evaluation.accuracy:.2f} % ({100 * low:.2f}–{100 * high:.2f})"
    run.write_status(status.model_copy(update={"parameters": None}))
    assert read_rows(tmp_path)["copy"].parameters == status.parameters, "counted in the weights"


def test_an_evaluation_of_another_network_is_not_shown(tmp_path: Path) -> None:
    run = RunFolder(shutil.copytree(SHIPPED_RUN, tmp_path / "copy"))
    run.evaluation_file.write_text('{"step": 1, "accuracy": 0.5}')
    assert read_rows(tmp_path)["copy"].test is None
    run.evaluation_file.write_bytes(b"{")
    assert read_rows(tmp_path)["copy"].test is None


def test_a_run_that_cannot_be_read_has_a_row(tmp_path: Path) -> None:
    add(tmp_path, "a").config_file.write_bytes(b"{")
    row = read_rows(tmp_path)["a"]
    assert (row.status, row.settings, get_value(row, "test"), row.created) == ("damaged", {}, None, "")
    assert "a" in row.message
    assert find_setting_columns([row]) == []


def test_rows_are_sorted_by_value_and_unknown_ones_come_last(tmp_path: Path) -> None:
    for name, rate in (("a", "0.02"), ("b", "0.1"), ("c", "0.003")):
        add(tmp_path, name, f"optimizer.lr={rate}")
    add(tmp_path, "d").config_file.write_bytes(b"{")
    rows = list(read_rows(tmp_path).values())
    assert "".join(row.name for row in sort_rows(rows, "optimizer.lr", descending=False)) == "cabd"
    assert "".join(row.name for row in sort_rows(rows, "optimizer.lr", descending=True)) == "bacd"


def test_rows_are_grouped_by_a_column(tmp_path: Path) -> None:
    add(tmp_path, "a", "data.name=mnist")
    add(tmp_path, "b")
    add(tmp_path, "c", "data.name=mnist")
    add(tmp_path, "d").config_file.write_bytes(b"{")
    rows = list(read_rows(tmp_path).values())
    groups = group_rows(rows, "data")
    assert {title: {row.name for row in members} for title, members in groups.items()} == {
        "mnist": {"a", "c"},
        "mnist_sample": {"b"},
        "": {"d"},
    }
    assert list(groups)[-1] == ""
    assert list(group_rows(rows, "")) == [""]
    assert list(group_rows(rows, "status")) == ["damaged", "interrupted"]


def test_columns_of_one_title_are_told_apart(tmp_path: Path) -> None:
    add(tmp_path, "a", preset="rnn")
    add(tmp_path, "b", preset="text_rnn")
    titles = [column.title for column in get_columns(list(read_rows(tmp_path).values())).values()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("preset", "setting", "path", "text"),
    [
        ("simple_net", "optimizer.lr=0.00001", "optimizer.lr", "0.00001"),
        ("simple_net", "data.train_examples=0", "data.train_examples", "all"),
        ("net", "optimizer.nesterov=true", "optimizer.nesterov", "yes"),
        ("mlp", "model.hidden=[64,32]", "model.hidden", "64-32"),
        ("simple_net", "training.seed=1", "training.start_from", "random weights"),
    ],
)
def test_the_value_of_a_setting_is_short(preset: str, setting: str, path: str, text: str) -> None:
    assert read_settings(apply_settings(get_preset(preset), [setting]))[path].text == text
