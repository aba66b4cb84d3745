"""Fine-tuning on the Draw page: what is stored, what the page says while it runs, and its result."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT
from streamlit.testing.v1 import AppTest
from upside_down_sevens import sevens, upside_down_seven
from waiting import wait_until

from nn_core.atomic_io import replace_json
from nn_core.drawings.corrections import get_corrections_file, read_corrections, store_correction
from nn_core.finetuning.report import read_finetune_report
from nn_core.finetuning.run import create_finetune_run, list_finetune_runs
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder

_PATIENCE_SECONDS = 120


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which its processes use too."""
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def file(folder: Path) -> Path:
    return get_corrections_file(folder)


# On the page


def draw_page() -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=_PATIENCE_SECONDS).run()
    return test.switch_page("pages/draw.py").run()


def correcting() -> None:
    import streamlit as st

    from nn_core.data import find_dataset
    from nn_core.drawings import Drawing
    from nn_core.paths import SHIPPED_RUN, get_data_folder
    from nn_core.runs import RunFolder
    from ui.draw.finetune import show_correct_button, show_corrections

    run = RunFolder(SHIPPED_RUN)
    spec = find_dataset("mnist_sample", get_data_folder())
    drawing = Drawing(280, 18, (((140.0, 60.0), (140.0, 220.0)), ((90.0, 60.0), (140.0, float(st.number_input("y"))))))
    st.fragment(show_correct_button)(drawing, spec)
    show_corrections(run, spec)


def test_saying_what_it_is_stores_the_drawing_once(file: Path, runs_root: Path) -> None:
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert not test.header, "before the first drawing there is nothing to see"
    test.button(key="this_is_7").click().run()
    assert not test.exception
    assert [each.label for each in read_corrections(file)] == ["7"]
    assert test.toast[0].value.replace("\\", "") == "Stored: 7 · your first drawing"
    assert test.button(key="learn_from_these").label == "Train on these drawings"
    test.button(key="this_is_1").click().run()
    assert [each.label for each in read_corrections(file)] == ["1"], "the same drawing is something else now"
    test.number_input[0].set_value(50).run()
    test.button(key="this_is_2").click().run()
    assert [each.label for each in read_corrections(file)] == ["1", "2"]
    assert test.toast[0].value.replace("\\", "") == "Stored: 2 · 2 drawings so far"
    delete = next(
        button for button in test.button if str(button.key).startswith("delete_drawn") and button.label == "1"
    )
    delete.click().run()
    assert [each.label for each in read_corrections(file)] == ["2"]
    test.button(key="forget_correction").click().run()
    assert not file.exists()
    assert not test.exception


def test_learning_from_the_drawings_shows_both_figures_and_offers_the_network(file: Path, runs_root: Path) -> None:
    for each in sevens():
        store_correction(each.label, each.drawing, file)
    test = draw_page()
    test.button(key="learn_from_these").click().run()
    assert not test.exception
    (lesson,) = list_finetune_runs(runs_root, SHIPPED_RUN.name)
    assert test.query_params["run"] == SHIPPED_RUN.name
    assert test.selectbox(key="run_picker").value == SHIPPED_RUN.name, "the page goes on with the old network"
    wait_until(lambda: not lesson.status().is_active, "the lesson has ended")
    again = draw_page()  # as after F5
    figures = {metric.label: metric.value for metric in again.metric}
    told = read_finetune_report(lesson)
    assert told
    assert figures["My drawings recognised"] == f"{told.before.correct} → {told.after.correct} of 10"
    assert "→" in figures["Test accuracy"]
    shown = "\n".join(element.value for element in again.markdown)
    assert f"Not recognised: {told.before.out_of_distribution} → {told.after.out_of_distribution}." in shown
    assert "- Your 7: not recognised → **read as 7**" in shown
    again.button(key="use_lesson").click().run()
    assert again.query_params["run"] == lesson.name
    assert again.selectbox(key="run_picker").value == lesson.name
    assert not again.exception


def teaching_of(before: tuple[str, bool], after: tuple[str, bool]) -> dict[str, Any]:
    """A report of fine-tuning on one 7: the answer, and whether it was refused, before and after."""
    figures = [
        {"right": int(label == "7" and not no), "wrong": int(label != "7" and not no), "refused": int(no), "of": 1}
        for label, no in (before, after)
    ]
    drawing = {
        "label": "7",
        "before": before[0],
        "after": after[0],
        "before_refused": before[1],
        "after_refused": after[1],
    }
    return {
        "run": "lesson",
        "parent": SHIPPED_RUN.name,
        "test_samples": 1000,
        "before": {**figures[0], "test_accuracy": 0.997},
        "after": {**figures[1], "test_accuracy": 0.998},
        "drawings": [drawing],
    }


def test_the_network_can_be_used_while_the_rest_is_still_measured(file: Path, runs_root: Path) -> None:
    """A drawing that was refused although its first guess was right counts as not recognised before."""
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(1), file.parent)
    replace_json(lesson.teaching_file, teaching_of(("7", True), ("7", False)))
    shutil.copy(RunFolder(SHIPPED_RUN).best_weights, lesson.best_weights)
    lesson.write_status(lesson.status().model_copy(update={"status": "running", "activity": "evaluating"}))
    with lesson.lock():
        assert lesson.status().is_active
        test = draw_page()
        figures = {metric.label: metric.value for metric in test.metric}
        assert figures["My drawings recognised"] == "0 → 1 of 1"
        assert figures["Test accuracy"] == "99.70 → 99.80 %"
        shown = [element.value for element in test.markdown]
        assert "Read wrongly: 0 → 0. Not recognised: 1 → 0." in shown
        assert "- Your 7: not recognised → **read as 7**" in shown
        test.button(key="use_lesson").click().run()
        assert test.query_params["run"] == lesson.name
        assert not test.exception


def test_what_a_lesson_of_an_earlier_version_brought_is_still_shown(file: Path, runs_root: Path) -> None:
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(1), file.parent)
    old = teaching_of(("1", False), ("7", False))
    for figures in (old["before"], old["after"]):
        del figures["wrong"], figures["refused"]
    for key in ("before_refused", "after_refused"):
        del old["drawings"][0][key]
    replace_json(lesson.teaching_file, old)
    lesson.write_status(lesson.status().model_copy(update={"status": "finished"}))
    report = read_finetune_report(lesson)
    assert report
    assert report.to_json() == old
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert "0 → 1 of 1" in [metric.value for metric in test.metric]
    assert not any("ecognised:" in element.value for element in test.markdown)
    assert not test.exception


def test_a_lesson_that_failed_says_why_and_another_can_begin(file: Path, runs_root: Path) -> None:
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(), file.parent)
    lesson.write_status(lesson.status().model_copy(update={"status": "failed", "message": "No room on the disk."}))
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert test.error[0].value == "No room on the disk."
    assert not test.button(key="learn_from_these").disabled
