"""The Runs page: search, groups, columns that are kept, changes of several runs at once, and charts of comparable runs."""

import json
from pathlib import Path

import pytest
from apptest_pages import app, list_rows
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run
from visitors import come_as

from nn_core.paths import SHIPPED_NAMES
from nn_core.runs import RunFolder, append_metrics, list_runs, rename_run
from nn_core.runs.bin import list_deleted_runs

NAME = "<b>x</b> *y* $z$"


@pytest.fixture
def runs(runs_root: Path) -> list[RunFolder]:
    """Two networks for digits and one that reconstructs them, each with a point in its curves."""
    found = [
        untrained_run(runs_root, "simple_net", "optimizer.lr=0.5", name="fast"),
        untrained_run(runs_root, "simple_net", "optimizer.lr=0.001", name="slow"),
        untrained_run(runs_root, "autoencoder", name="painter"),
    ]
    for run in found:
        accuracy = None if run.name == "painter" else 0.5
        line = {"step": 1, "epoch": 1.0, "loss": 0.5, "accuracy": accuracy, "lr": 0.1, "elapsed_seconds": 2.0}
        append_metrics(run.metrics_file, [{"kind": "train", **line}, {"kind": "validation", **line}])
    rename_run(found[0], name=NAME)
    return found


def names(test: AppTest) -> set[str]:
    assert not test.exception
    return {row["Folder"] for row in list_rows(test)} - set(SHIPPED_NAMES)


def said(test: AppTest) -> str:
    return "\n".join(each.value for kind in (test.warning, test.info, test.markdown) for each in kind).replace("\\", "")


def test_a_wrong_search_is_explained_and_all_runs_are_shown(runs: list[RunFolder]) -> None:
    test = app("runs", search="lr > 0.1")
    assert names(test) == {"fast"}
    test.text_input(key="search_runs").set_value("lr > b>").run()
    assert "'b>' is no number, and Learning rate is compared with one" in said(test)
    assert "Until then, all runs are shown." in said(test)
    assert names(test) == {"fast", "slow", "painter"}
    assert test.query_params["search"] in ("lr > b>", ["lr > b>"])
    for text, remedy in (("lr 0.003", "write lr = 0.003."), ("tag:foo", "No run has the tag 'foo'.")):
        test.text_input(key="search_runs").set_value(text).run()
        assert remedy in said(test)
    test.button(key="clear_search").click().run()
    assert names(test) == {"fast", "slow", "painter"}
    assert "search" not in test.query_params


def test_columns_are_kept_for_the_next_visit(runs: list[RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    test = app("runs")
    test.multiselect(key="chosen_columns").set_value(["folder", "status", "optimizer.lr"]).run()
    assert list(list_rows(test)[0]) == ["Run", "Folder", "Status", "Learning rate"]
    test.selectbox(key="moved_column").set_value("optimizer.lr").run()
    test.button(key="move_earlier").click().run()
    assert list(list_rows(app("runs"))[0]) == ["Run", "Folder", "Learning rate", "Status"], "after a reload"
    assert list(list_rows(app("runs", columns="status,folder"))[0]) == ["Run", "Status", "Folder"], "a link decides"
    come_as(monkeypatch, "viewer")
    test = app("runs", columns="folder")
    test.multiselect(key="chosen_columns").set_value(["status"]).run()
    assert list(list_rows(test)[0]) == ["Run", "Status"], "a viewer's choice is only in the address"
    come_as(monkeypatch, "teacher")
    test = app("runs")
    test.button(key="usual_columns").click().run()
    usual = list(list_rows(app("runs"))[0])
    assert {"Test accuracy", "Validation loss"} <= set(usual), "the loss because of the autoencoder"
    test.selectbox(key="moved_column").set_value("status").run()
    test.button(key="move_later").click().run()
    assert sorted(list_rows(test)[0]) == sorted(usual), "moving a column adds no empty ones"


def test_several_runs_are_tagged_annotated_and_deleted_with_undo(runs: list[RunFolder], runs_root: Path) -> None:
    rename_run(runs[1], note="before")
    test = app("runs", compare=[run.name for run in runs[:2]])  # type: ignore[arg-type]
    test.text_input(key="added_tags").set_value("good, <i>")
    test.button(key="confirm_tags").click().run()
    assert [run.label().tags for run in runs[:2]] == [("good", "<i>")] * 2
    test.text_area(key="added_note").set_value("for Monday")
    test.button(key="confirm_note").click().run()
    assert [run.label().note for run in runs[:2]] == ["for Monday", "before\nfor Monday"]
    assert "Notes changed: 2 runs." in said(test)
    test.button(key="undo").click().run()
    assert [run.label().note for run in runs[:2]] == ["", "before"]
    test.button(key="delete_run").click().run()
    assert names(test) == {"painter"}
    assert [run.name for run in list_runs(runs_root)] == ["painter"]
    test.button(key="undo").click().run()
    assert names(test) == {"fast", "slow", "painter"}
    assert list_deleted_runs(runs_root) == []


def test_a_deleted_run_is_restored_from_the_list_and_removed_for_good(runs: list[RunFolder], runs_root: Path) -> None:
    test = app("runs", compare=runs[0].name)
    test.button(key="delete_run").click().run()
    assert f"Deleted: {NAME}." in said(test)
    (deleted,) = list_deleted_runs(runs_root)
    test.session_state["deleted_runs"] = True
    test.run()
    test.button(key=f"restore_{deleted.id}").click().run()
    assert names(test) == {"fast", "slow", "painter"}
    assert f"Restored: {NAME}." in test.toast[0].value.replace("\\", "")
    assert "undo" not in {button.key for button in test.button}, "it is back already"


def test_a_viewer_changes_nothing(runs: list[RunFolder], runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = app("runs", compare=runs[0].name)
    come_as(monkeypatch, "viewer")
    opened.button(key="delete_run").click().run()
    assert len(list_runs(runs_root)) == 3
    keys = {button.key for button in app("runs", compare=runs[0].name).button}
    assert not keys & {"delete_run", "confirm_tags", "confirm_note", "undo", "empty_bin"}


def test_runs_of_the_playground_are_separate(runs: list[RunFolder], runs_root: Path) -> None:
    untrained_run(runs_root, "plane", name="playground-2026-11-28-keen-fox")
    test = app("runs")
    assert names(test) == {"fast", "slow", "painter"}
    test.button_group(key="shown_kind").set_value("playground").run()
    assert names(test) == {"playground-2026-11-28-keen-fox"}


def test_only_comparable_runs_are_in_the_chart(runs: list[RunFolder]) -> None:
    test = app("runs", compare=[run.name for run in runs])  # type: ignore[arg-type]
    assert "Left out: painter, because it has another task than the others." in said(test)
    (chart,) = test.get("plotly_chart")
    names = [line["name"] for line in json.loads(chart.proto.spec)["data"]]
    assert names == ["slow · lr 0.001", "&lt;b&gt;x&lt;/b&gt; *y* $z$ · lr 0.5"]
    test.button_group(key="compared_over").set_value("time").run()
    assert "Training time (s)" in test.get("plotly_chart")[0].proto.spec
    test.slider(key="compared_smoothing").set_value(0.5).run()
    assert not test.exception
    assert test.query_params["smooth"] in ("0.5", ["0.5"])


def test_a_choice_that_is_no_longer_offered_is_replaced(runs: list[RunFolder]) -> None:
    test = app("runs", compare="fast", metric="accuracy")
    assert test.button_group(key="compared_quantity").value == "accuracy"
    test.query_params["compare"] = "painter"
    test.run()
    assert not test.exception
    assert test.button_group(key="compared_quantity").value == "loss"
    assert "Validation loss" in test.get("plotly_chart")[0].proto.spec
    test.query_params["compare"] = ["painter", "fast"]
    test.run()
    assert not test.exception


def test_a_link_with_values_that_do_not_exist_is_explained(runs: list[RunFolder]) -> None:
    test = app("runs", columns="nothing", sort="-<b>", group="x", smooth="9", metric="f1")
    assert not test.exception
    for word in ("columns=nothing", "sort=-<b>", "group=x", "smooth=9", "metric=f1"):
        assert word in said(test), word
