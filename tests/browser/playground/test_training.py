"""Training on the Playground: the boundary moves, the learning rate changes, and runs end."""

import re
from datetime import UTC, datetime, timedelta

from browsing import new_page, open_page
from playground_page import (
    LONG,
    TRAINING_MS,
    count_redraws,
    expect_status,
    open_playground,
    playground_runs,
    press,
    read_pixels,
    start,
)
from playwright.sync_api import Browser, Page, expect
from serving import AppServer
from waiting import wait_until

from nn_core.config import get_preset
from nn_core.runs import History, RunFolder, create_run


def test_start_moves_the_boundary_pause_keeps_it_and_reset_removes_it(page: Page, app: AppServer) -> None:
    picture = open_playground(page, app, f"?hidden=16-16-16-16&{LONG}")
    expect(picture).to_have_attribute("data-step", "")
    scatter = read_pixels(page)
    start(page)
    wait_until(lambda: count_redraws(picture) >= 3, "the boundary has moved")
    assert read_pixels(page) != scatter
    press(page, "Pause")
    expect_status(page, "paused")
    [run] = playground_runs(app)
    step = run.status().step
    assert 0 < step < run.status().steps
    expect(picture).to_have_attribute("data-step", str(step))
    press(page, "Resume")
    expect_status(page, "running")
    wait_until(lambda: int(picture.get_attribute("data-step") or 0) > step, "the boundary moves again")
    page.locator(".st-key-reset_training button").click()
    expect(picture).to_have_attribute("data-step", "")
    expect(page.locator(".st-key-start_training").get_by_role("button", name="Start")).to_be_visible()
    assert read_pixels(page) == scatter
    wait_until(lambda: run.status().status == "stopped", "the run was asked to stop")


def test_finished_run_is_announced_described_and_replaced_by_the_next_one(
    browser: Browser, page: Page, app: AppServer
) -> None:
    picture = open_playground(page, app, "?set=blobs&rate=0.01&points=200")
    status = picture.locator("[role=status]")
    expect(status).to_have_text("")
    start(page)
    expect(status).to_have_text(re.compile(r"epoch \d+ of 1000"), timeout=TRAINING_MS)
    expect_status(page, "finished")
    expect(status).to_have_text(re.compile(r"^Finished, epoch 1000 of 1000, validation accuracy \d+\.\d %\.$"))
    expect(page.get_by_test_id("stMain").locator("strong", has_text="%").locator("..")).to_contain_text(
        re.compile(r"(9\d\.\d|100\.0) %")
    )
    described = page.locator("#description")
    for name in "ABCD":
        expect(described).to_contain_text(
            re.compile(rf"{name}: \d+ % of the plane, .+; \d+\.\d % of its validation points")
        )
    first = re.search(r"run=([\w-]+)", page.url)
    assert first
    with new_page(browser) as later:
        open_page(later, page.url)
        expect(later.locator("#description")).to_contain_text("A: ", timeout=60_000)
        expect(later.locator(".boundary [role=status]")).to_have_text("")  # what a page opens with is no news
    start(page)
    expect(page).not_to_have_url(re.compile(first[1]))
    expect_status(page, "running|finished")
    assert first[1] not in [run.name for run in playground_runs(app)]


def test_double_click_on_start_starts_one_run(page: Page, app: AppServer) -> None:
    open_playground(page, app, f"?rate=0.0001&{LONG}")
    before = {run.name for run in playground_runs(app)}
    page.locator(".st-key-start_training").get_by_role("button", name="Start").dblclick()
    expect(page).to_have_url(re.compile("run=playground-"))
    expect_status(page, "Epoch")
    assert len({run.name for run in playground_runs(app)} - before) == 1
    expect(page.locator(".st-key-start_training")).to_contain_text("Pause")
    expect(page.locator(".st-key-run_status")).to_contain_text("running")
    page.locator(".st-key-reset_training button").click()


def test_status_plane_and_chart_show_the_same_epoch(page: Page, app: AppServer) -> None:
    open_playground(page, app, "?points=100&rate=0.001")
    start(page)
    expect(page.locator(".st-key-live_charts .epoch b").first).to_have_text(
        re.compile(r"[1-9]\d\d\.00"), timeout=TRAINING_MS
    )
    press(page, "Pause")
    expect_status(page, "paused")
    [run] = [run for run in playground_runs(app) if run.name in page.url]
    shown = re.search(r"Epoch (\d+), step", page.locator(".st-key-run_status").inner_text())
    assert shown
    epoch = int(shown[1])
    assert epoch - run.status().epochs_done in (
        0,
        1,
    )  # 1 where it paused between an epoch's last batch and its validation
    expect(page.locator(".boundary canvas")).to_have_attribute("aria-label", re.compile(rf"after epoch {epoch}, "))
    expect(page.locator(".st-key-live_charts .epoch b").first).to_have_text(f"{epoch}.00")


def test_learning_rate_changes_during_training_and_the_chart_marks_it(page: Page, app: AppServer) -> None:
    picture = open_playground(page, app, f"?rate=0.0003&{LONG}")
    start(page)
    wait_until(lambda: count_redraws(picture) > 1, "the boundary moves")
    [run] = [run for run in playground_runs(app) if run.name in page.url]
    page.locator(".st-key-rate input").press("ArrowRight")
    wait_until(lambda: run.status().learning_rate == 0.001, "the run has the new rate")
    chart = page.locator(".st-key-live_charts .live-chart")
    expect(chart).to_have_attribute("data-rate-changes", "1")
    expect(page).to_have_url(re.compile("run=playground-"))
    page.reload()
    expect(chart).to_have_attribute("data-rate-changes", "1", timeout=60_000)


def test_learning_rate_of_a_paused_run_changes_on_its_train_page(page: Page, app: AppServer) -> None:
    picture = open_playground(page, app, f"?rate=0.003&{LONG}")
    start(page)
    wait_until(lambda: count_redraws(picture) > 1, "the boundary moves")
    [run] = [run for run in playground_runs(app) if run.name in page.url]
    press(page, "Pause")
    expect_status(page, "paused")
    open_page(page, f"{app.url}/train?run={run.name}")
    expect(page.locator(".boundary")).to_have_attribute("data-step", str(run.status().step))
    button = page.locator(".st-key-learning_rate button").first
    expect(button).to_contain_text("Learning rate 0.003")
    button.click()
    page.locator(".st-key-double_rate button").first.press("Enter")
    expect(button).to_contain_text("Learning rate 0.006")
    field = page.locator(".st-key-learning_rate_value input")
    expect(field).to_have_value("0.006")
    field.fill("0.0005")
    field.press("Enter")
    expect(button).to_contain_text("Learning rate 0.0005")
    wait_until(lambda: run.status().learning_rate == 0.0005, "the run has the new rate")
    expect(page.locator(".st-key-live_charts .live-chart")).to_have_attribute("data-rate-changes", "2")
    history = History(run.metrics_file)
    history.update()
    assert [rate for _, rate in history.lr_changes] == [0.006, 0.0005]
    run.send_request("stop")


def test_playground_runs_are_deleted_after_a_day_and_others_never(page: Page, app: AppServer) -> None:
    def ended(name: str, days: float) -> RunFolder:
        run = create_run(app.runs_root, get_preset("quick"), name)
        then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        status = run.status().model_copy(update={"status": "finished", "updated_at": then})
        run.status_file.write_text(status.model_dump_json())
        return run

    old, recent, named = ended("playground-old", 1.1), ended("playground-recent", 0.5), ended("mine", 30)
    ahead = ended("playground-ahead", -400)  # the clock was set back since
    open_playground(page, app)
    start(page)
    wait_until(lambda: not old.path.exists(), "the old run is gone")
    assert recent.path.exists()
    assert ahead.path.exists()
    assert named.path.exists()


def test_damaged_status_is_reported_and_a_new_run_can_start(page: Page, app: AppServer) -> None:
    open_playground(page, app, f"?{LONG}")
    start(page)
    expect(page).to_have_url(re.compile("run=playground-"))
    [run] = [run for run in playground_runs(app) if run.name in page.url]
    wait_until(lambda: run.status().status == "running", "the run has begun")
    press(page, "Pause")
    expect_status(page, "paused")
    run.status_file.write_text("{")
    expect(page.get_by_test_id("stAlertContentInfo")).to_contain_text("status.json is damaged")
    expect(page.locator(".boundary")).to_be_visible()
    page.locator(".st-key-reset_training button").click()
    wait_until(lambda: run.status().status == "stopped", "its process has ended, and written how it stands")
    start(page)
    expect_status(page, "running")
    expect(page.get_by_test_id("stAlertContentInfo")).to_have_count(0)
