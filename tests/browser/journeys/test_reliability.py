"""When to trust an answer: calibration, a limit for refusing, and how much disturbance a network bears, measured while one watches."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from journey import Journey
from playwright.sync_api import expect
from untrained_runs import untrained_run

from nn_core.jobs.side_job import SideJob
from nn_core.runs.robustness import read_robustness

Start = Callable[..., Journey]
MEASURING_MS = 180_000


def test_see_when_to_trust_an_answer(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey(at=None)
    run = untrained_run(journey.app.runs_root, "simple_net", name="trusted")
    untrained_run(journey.app.runs_root, "quick", name="other")
    journey.open("/evaluate?run=trusted")
    journey.see("Calibration error after", within="calibration")
    journey.see("After temperature scaling it is ", within="calibration")
    journey.see("If it refuses below 80 %", within="refusal")
    slider = journey.page.locator(".st-key-refusal_threshold").get_by_role("slider")
    slider.press("ArrowLeft")
    journey.see("If it refuses below 75 %", within="refusal")
    journey.expect_address("/evaluate", run="trusted", refuse="75")
    rows = list(csv.reader(journey.download("download_coverage", tmp_path).read_text("utf-8-sig").splitlines()))
    assert rows[0][:3] == ["threshold", "examples", "answered"]

    card = journey.page.locator(".st-key-robustness")
    card.get_by_text("All test examples").scroll_into_view_if_needed()
    journey.page.locator(".st-key-measure_robustness_0 button").first.press("Enter")
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card).to_contain_text(
        re.compile(r"trusted: Stroke thickness, [\d,]+ of [\d,]+ answers"), timeout=MEASURING_MS
    )
    journey.picture("being measured")
    journey.page.locator(".st-key-cancel_robustness_0 button").click()
    expect(card).to_contain_text(re.compile("cancelling|Cancelled"), timeout=10_000)
    expect(card).to_contain_text("Cancelled. Kept: Rotation")
    journey.picture("cancelled")
    assert SideJob(run.results, "robustness").status().state == "cancelled"

    journey.press("measure_robustness_0", "the rest")
    expect(journey.page.locator(".st-key-measure_robustness_0")).to_contain_text("Measure again", timeout=MEASURING_MS)
    report = read_robustness(run)
    assert report is not None
    assert len(report.perturbations) == 7
    card.get_by_role("radio", name="Noise").click()
    expect(card).to_contain_text("Undisturbed, ")
    expect(journey.page.locator(".st-key-robustness_pictures img")).to_have_count(8)
    journey.expect_address("/evaluate", run="trusted", refuse="75", robustness="noise")
    rows = list(csv.reader(journey.download("download_robustness", tmp_path).read_text("utf-8-sig").splitlines()))
    assert {row[2] for row in rows[1:]} == set(report.perturbations)

    journey.choose_labelled("Compare with", "other")
    journey.see("other was not measured yet.", within="robustness")
    journey.expect_address("/evaluate", run="trusted", refuse="75", robustness="noise", beside="other")
    journey.reload()
    journey.see("other was not measured yet.", within="robustness")
    expect(card.get_by_role("radio", name="Noise")).to_be_checked()
    journey.see_no_error()
