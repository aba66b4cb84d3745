"""Calibration, refusal and robustness on the page Evaluate."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run
from visitors import come_as
from waiting import wait_until

from nn_core.evaluation.robustness import measure_robustness
from nn_core.jobs.side_job import SideJob
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.robustness import read_robustness, write_robustness
from nn_core.statistics.calibration import Measured, describe_verdict, measure_bins
from nn_core.statistics.reliability import ConfidenceBin

HOSTILE = "<b>*_`$x$`_*</b> \u202egnol " + "x" * 60


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    return untrained_run(runs_root, "simple_net", name="beta")


def infos(test: AppTest) -> str:
    return "\n".join(element.value for kind in (test.info, test.warning) for element in kind)


def test_the_limit_below_which_it_refuses_is_in_the_url(run: RunFolder) -> None:
    test = app("evaluate", run=run.name, refuse="30")
    assert not test.exception
    assert test.select_slider(key="refusal_threshold").value == 30
    assert "If it refuses below 30 %, it answers " in texts(test)
    test.select_slider(key="refusal_threshold").set_value(99.9).run()
    assert test.query_params["refuse"] == "99.9"
    assert "it answers none of the 1,000 pictures" in texts(test)
    assert "Measured on the 1,000 test pictures of MNIST sample" in texts(test)


def test_robustness_is_measured_compared_and_not_mixed(run: RunFolder, runs_root: Path) -> None:
    test = app("evaluate", run=run.name)
    assert test.button(key="measure_robustness_0").label == "Measure"
    other = untrained_run(runs_root, "quick", name="gamma")
    measure_robustness(run, get_data_folder(), kinds=["contrast"], examples=50)
    report = measure_robustness(other, get_data_folder(), kinds=["contrast"], examples=50)
    test = app("evaluate", run=run.name, robustness="contrast", beside="gamma")
    assert not test.exception
    assert test.multiselect(key="robustness_runs").value == ["gamma"]
    assert texts(test).count("Undisturbed, ") == 2
    assert "**Answers of beta**" in texts(test)
    assert "Measured on 50 of the 1,000 test examples" in texts(test)
    assert test.button(key="measure_robustness_0").label == "Measure the rest"
    write_robustness(other, report.model_copy(update={"data": HOSTILE}))
    test.run()
    assert texts(test).count("Undisturbed, ") == 1
    assert "is not in the chart: it was measured on 50 test examples of \\<b\\>\\*\\_" in infos(test)
    test = app("evaluate", run=run.name, robustness="heat", beside="nowhere")
    assert "robustness=heat" in infos(test).replace("\\", "")
    assert "beside=nowhere”, which is ignored: no run of this name classifies pictures" in infos(test).replace("\\", "")
    names = untrained_run(runs_root, "text_cnn", name="names")
    test = app("evaluate", run=run.name, beside=f"gamma,{names.name}")
    offered = test.multiselect(key="robustness_runs").options
    assert "gamma" in offered
    assert not {"names", "pretrained-names"} & {*offered}, "texts are disturbed in other ways"
    assert test.query_params["beside"] in ("gamma", ["gamma"])
    assert "beside=names”, which is ignored" in infos(test).replace("\\", "")


def test_hostile_class_names_stay_text(run: RunFolder) -> None:
    report = measure_robustness(run, get_data_folder(), kinds=["contrast"], examples=50)
    write_robustness(run, report.model_copy(update={"classes": [HOSTILE, "", "🙂", *report.classes[3:]]}))
    test = app("evaluate", run=run.name, robustness="contrast")
    assert not test.exception
    assert "<b>" not in texts(test)


def test_a_process_measures_it_and_can_be_cancelled(run: RunFolder) -> None:
    test = app("evaluate", run=run.name)
    test.button(key="measure_robustness_0").click().run()
    job = SideJob(run.results, "robustness")
    wait_until(lambda: job.status().done > 0, "its process has begun")
    test.run()
    test.button(key="cancel_robustness_0").click().run()
    wait_until(lambda: job.status().state == "cancelled", "it is cancelled")
    test.run()
    kept = read_robustness(run)
    assert ("Cancelled. Kept: " if kept else "Cancelled. Nothing was kept.") in infos(test)
    assert test.button(key="measure_robustness_0")


def test_a_viewer_may_look_but_neither_start_nor_cancel(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    measure_robustness(run, get_data_folder(), kinds=["contrast"], examples=50)
    come_as(monkeypatch, "teacher")
    opened = app("evaluate", run=run.name, robustness="contrast")
    come_as(monkeypatch, "viewer")
    opened.button(key="measure_robustness_0").click().run()
    assert SideJob(run.results, "robustness").status().state == "none"
    viewed = app("evaluate", run=run.name, robustness="contrast")
    assert "Undisturbed, " in texts(viewed)
    assert not [button for button in viewed.button if "robustness" in (button.key or "")]


def test_the_verdict_respects_the_interval() -> None:
    def measure(correct: int, count: int, confidence: float) -> Measured:
        return measure_bins((ConfidenceBin(0.8, 0.9, count, correct, confidence),))

    before = measure(95_000, 100_000, 0.85)

    def judge(correct: int, count: int, confidence: float) -> str:
        verdict = describe_verdict(before, measure(correct, count, confidence), "pictures")
        assert verdict.startswith("After temperature scaling it is ")
        assert verdict.endswith("Before, it was too cautious: error 10.0 %.")
        return verdict.removeprefix("After temperature scaling it is ")

    assert "as far as 100 pictures can show: the interval of the error includes 0" in judge(90, 100, 0.86)
    assert judge(860, 1000, 0.80).startswith("too cautious: 86.0 % of its answers are right")
    assert judge(760, 1000, 0.82).startswith("too confident: 76.0 %")
    assert judge(85_000, 100_000, 0.85).startswith("well calibrated: confidence and accuracy differ by at most 0.")
    opposite = measure_bins((ConfidenceBin(0.5, 0.6, 1000, 650, 0.55), ConfidenceBin(0.8, 0.9, 1000, 750, 0.85)))
    verdict = describe_verdict(opposite, opposite, "pictures", is_substitute=True)
    assert verdict.startswith(
        "On these pictures, after temperature scaling, it is too confident in some answers and too cautious in others"
    )
    assert "Before, it was too confident in some answers and too cautious in others: error " in verdict
