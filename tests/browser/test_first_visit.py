"""The app in a real browser, on a fresh server: what a newcomer does from the first button to a drawn digit."""

import os
import re
import signal
from pathlib import Path

from browsing import draw_stroke, new_page, open_page, wait_for_app
from playwright.sync_api import Browser, Page, expect
from processes import the_only_run
from serving import AppServer, serve_app
from waiting import wait_until

from nn_core.config import get_preset
from nn_core.runs import RunFolder, create_run, list_runs

_TRAINING_MS = 180_000
_CHART = ".st-key-live_charts .live-chart"


def start_first_network(page: Page, app: AppServer) -> RunFolder:
    open_page(page, app.url)
    page.locator(".st-key-first_network button").click()
    expect(page).to_have_url(re.compile(r"/train\?run="))
    return the_only_run(app.runs_root)


def start_training(page: Page, preset: str, epochs: int) -> None:
    """Fill in the form, which is on the screen with this preset, and start."""
    field = page.locator(f'[class*="st-key-{preset}"][class*="epochs"] input')
    field.fill(str(epochs))
    field.press("Enter")
    wait_for_app(page)
    page.locator(".st-key-start_training button").click()


def points(page: Page) -> int:
    """How many training points the live chart has got."""
    chart = page.locator(_CHART)
    return int(chart.get_attribute("data-covered") or 0) if chart.count() else 0


def test_a_killed_run_shows_as_interrupted_and_resumes(page: Page, app_server: AppServer) -> None:
    run = start_first_network(page, app_server)
    wait_until(lambda: run.status().step > 0, "the run trains")
    pid = run.status().pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    status = page.locator(".st-key-run_status")
    expect(status).to_contain_text("interrupted", timeout=30_000)
    page.locator(".st-key-pause_training button").click()
    expect(status).to_contain_text("finished", timeout=_TRAINING_MS)


def test_the_server_may_end_and_the_run_continues(browser: Browser, tmp_path: Path) -> None:
    with new_page(browser) as page, serve_app(tmp_path) as app:
        open_page(page, f"{app.url}/train")
        start_training(page, "quick", epochs=500)
        run = the_only_run(app.runs_root)
        wait_until(lambda: run.status().step > 0, "the run trains")
        app.process.send_signal(signal.SIGINT)
        app.process.wait(timeout=30)
        said = app.log.read_text()
        assert run.name in said
        assert f"nn_core stop '{run.path}'" in said
        before = run.status().step
        wait_until(lambda: run.status().step > before, "the run goes on without a server")
        with serve_app(tmp_path) as again:
            open_page(page, f"{again.url}/train?run={run.name}")
            expect(page.locator(".st-key-run_status")).to_contain_text("running")
            wait_until(lambda: points(page) > 0, "the new server shows the curves")


def test_the_shipped_model_reads_a_drawn_digit(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/draw")
    prediction = page.locator(".st-key-prediction")
    expect(prediction).to_contain_text("Draw a digit")
    # A small seven in a corner: where and how large one draws must not matter.
    draw_stroke(page, [(160, 180), (230, 180), (190, 262)])
    expect(prediction.locator("p").first).to_have_text("7")
    page.locator(".st-key-clear_canvas button").click()
    expect(prediction).to_contain_text("Draw a digit")
    draw_stroke(page, [(140, 40), (140, 240)])
    expect(prediction.locator("p").first).to_have_text("1")


def test_a_run_is_renamed_deleted_and_restored(page: Page, app_server: AppServer) -> None:
    run = create_run(app_server.runs_root, get_preset("quick"), "first name")
    run.write_status(run.status().model_copy(update={"status": "stopped"}))
    open_page(page, f"{app_server.url}/runs")
    tick_first_run(page)
    page.locator(".st-key-rename_run button").click()
    name = page.locator(".st-key-new_name input")
    name.fill("second <b>name</b>")
    page.locator(".st-key-confirm_rename button").click()
    wait_until(lambda: run.label().name == "second <b>name</b>", "it is renamed")
    expect(name).to_have_count(0)
    expect(page.get_by_text("second <b>name</b>", exact=True).first).to_be_visible()
    assert [found.name for found in list_runs(app_server.runs_root)] == ["first name"]

    open_page(page, f"{app_server.url}/runs")
    tick_first_run(page)
    page.locator(".st-key-delete_run button").click()
    wait_until(lambda: not list_runs(app_server.runs_root), "it is deleted")
    page.locator(".st-key-undo button").click()
    wait_until(lambda: list_runs(app_server.runs_root) == [run], "it is back")
    assert run.label().name == "second <b>name</b>"


def tick_first_run(page: Page) -> None:
    page.locator(".st-key-runs_table tbody input").first.click()
    page.locator(".st-key-rename_run button").wait_for()
