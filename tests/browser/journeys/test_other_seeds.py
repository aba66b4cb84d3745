"""A run is repeated with other seeds: its page shows the group, its band and its spread, and the list has one row for it."""

import re
from collections.abc import Callable

from journey import TRAINING_MS, Journey
from playwright.sync_api import expect

from nn_core.config import apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.runs import create_run
from nn_core.runs.groups import list_groups

Start = Callable[..., Journey]


def test_a_run_is_repeated_with_two_other_seeds(start_journey: Start) -> None:
    journey = start_journey(at=None)
    settings = ["training.epochs=3", "training.device=cpu"]
    first = create_run(journey.app.runs_root, apply_settings(get_preset("plane"), settings))
    launch_run(first)
    journey.open(f"/train?run={first.name}")
    journey.see_finished()
    journey.see("This run has the seed 0. New seeds: 1, 2.", within="seeds")
    start = journey.page.locator(".st-key-start_seeds button")
    expect(start).to_have_text(re.compile("Repeat with 2 other seeds"))
    start.focus()
    journey.page.keyboard.press("Enter")
    expect(start).to_have_text(re.compile("Add one more seed"))
    expect(start).to_be_focused()
    journey.see("3 of 3 runs have finished.", within="seeds", timeout=TRAINING_MS)
    journey.see("(3 runs)", within="seeds", timeout=TRAINING_MS)
    journey.picture("group")
    [group] = list_groups(journey.runs())
    assert [member.seed for member in group.members] == [0, 1, 2]
    expect(journey.page.locator(".st-key-seeds_band .js-plotly-plot")).to_be_visible()
    expect(journey.page.locator(".st-key-seeds_band")).to_contain_text("± 1 standard deviation")

    journey.follow("Seed 2")
    journey.expect_address("/train", run=group.members[2].run.name)
    journey.see("Seed 2 (this run)", within="seeds")
    journey.reload()
    journey.see("3 of 3 runs have finished.", within="seeds")

    journey.sidebar("Runs")
    table = journey.page.locator(".st-key-runs_table")
    row = table.get_by_role("row", name=re.compile("3 of 3 runs"))
    expect(row).to_contain_text("±")
    opener = row.get_by_role("button", name=re.compile("show its 3 runs"))
    opener.focus()
    journey.page.keyboard.press("Enter")
    expect(table.get_by_role("row", name=re.compile("seed 2"))).to_be_visible()
    journey.picture("table")
    journey.see_no_error()
