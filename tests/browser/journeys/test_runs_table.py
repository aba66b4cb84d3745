"""Runs are found, sorted, grouped, tagged and deleted together, brought back, and compared in a chart that is taken away."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from browsing import wait_for_app
from journey import TRAINING_MS, Journey
from playwright.sync_api import expect
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.runs import create_run, rename_run

Start = Callable[..., Journey]

NAME = "<b>5</b> *too* $high$?"


def press_box(journey: Journey, *keys: str) -> None:
    """Goes to the boxes of the table with Tab and presses these keys there."""
    journey.page.locator(".st-key-search_runs input").focus()
    for _press in range(60):
        journey.page.keyboard.press("Tab")
        if journey.page.evaluate("document.activeElement.shadowRoot?.activeElement?.matches('tbody input')"):
            break
    for key in keys:
        journey.page.keyboard.press(key)
    wait_for_app(journey.page)
    journey.picture(" ".join(keys))


def test_runs_are_found_tagged_deleted_and_compared(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey()
    runs = []
    for rate in ("0.5", "0.001"):
        config = apply_settings(get_preset("simple_net"), [f"optimizer.lr={rate}", "training.epochs=2"])
        runs.append(create_run(journey.app.runs_root, config))
    fast, slow = runs
    rename_run(fast, name=NAME)
    create_run(journey.app.runs_root, get_preset("playground"), "playground-2026-11-28-keen-fox")
    for run in runs:
        launch_run(run)
        wait_until(lambda run=run: run.status().status == "finished", "it has trained", seconds=TRAINING_MS / 1000)

    journey.sidebar("Runs")
    table = journey.page.locator(".st-key-runs_table")
    titles = table.locator("tbody th")
    expect(titles).to_have_count(7)  # with those that come with NN Lab, without the Playground's
    expect(journey.page.get_by_role("radio", name="Playground (1)")).to_be_visible()
    journey.fill("Search", "learning rate > 0.1")
    expect(titles).to_have_text([NAME])
    journey.fill("Search", "learning rat > 0.1")
    journey.see("Did you mean 'Learning rate'?", within="search_error")
    expect(titles).to_have_count(7)  # all runs, as it says
    journey.fill("Search", "accuracy > 5 epochs = 2")
    expect(titles).to_have_count(2)
    journey.expect_address("/runs", search="accuracy > 5 epochs = 2")
    table.get_by_role("button", name="Learning rate").click()
    expect(titles.last).to_have_text(NAME)
    journey.reload()
    expect(titles.last).to_have_text(NAME)
    journey.page.get_by_role("radio", name="Data", exact=True).click()
    expect(table.get_by_role("row").filter(has_text="mnist_sample (2)")).to_be_visible()

    press_box(journey, "Space", "ArrowDown", "Space")
    journey.see("2 runs ticked", within="run_actions")
    journey.press("tag_runs")
    journey.page.locator(".st-key-added_tags input").fill("good, <i>x</i>")
    journey.press("confirm_tags")
    wait_until(lambda: all(run.label().tags == ("good", "<i>x</i>") for run in runs), "both are tagged")
    journey.fill("Search", 'tag:"<i>x</i>"')
    expect(titles).to_have_count(3)  # with the heading of the group
    journey.press("delete_run")
    wait_until(lambda: [run.name for run in journey.runs()] == ["playground-2026-11-28-keen-fox"], "they are gone")
    journey.see("Deleted: 2 runs", within="undo_bar")
    journey.press("undo")
    wait_until(lambda: len(journey.runs()) == 3, "they are back")
    expect(titles.filter(has_text=NAME)).to_have_count(1)

    journey.open(f"/runs?compare={fast.name}&compare={slow.name}")
    journey.page.locator(".st-key-compared_quantity").get_by_role("radio", name="Loss").click()
    journey.page.locator(".st-key-compared_over").get_by_role("radio", name="Time").click()
    legend = journey.page.locator(".st-key-comparison .legendtext")
    expect(legend).to_have_text([re.compile("^Simple network"), re.compile(rf"^{re.escape(NAME)} · lr 0.5")])
    journey.expect_address("/runs", compare=[fast.name, slow.name], metric="loss", x="time")
    points = list(csv.reader(journey.download("download_curves", tmp_path).open()))
    assert points[0] == ["Folder", "Run", "Line", "Training time (s)", "Validation loss"]
    assert {row[0] for row in points[1:]} == {fast.name, slow.name}
    with journey.page.expect_download() as picture:
        journey.page.get_by_role("button", name="Picture (.svg)").click()
    assert NAME.replace("<", "&lt;").replace(">", "&gt;") in Path(picture.value.path()).read_text()
    journey.see_no_error()
