"""Runs are taken away and brought back, and outlive the server."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from browsing import wait_for_app
from journey import Journey
from playwright.sync_api import expect
from processes import ROOT
from serving import serve
from waiting import wait_until

Start = Callable[..., Journey]


def start_long_run(journey: Journey) -> None:
    journey.sidebar("Train")
    journey.fill("Epochs", "500")
    journey.press("start_training")
    journey.see("running", within="run_status")


def test_run_exported_deleted_imported_and_resumed(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey()
    start_long_run(journey)
    run = journey.run()
    wait_until(lambda: run.status().epochs_done >= 1, "an epoch is done")
    journey.press("stop_training")
    journey.see("stopped", within="run_status")
    step = run.status().step

    journey.sidebar("Runs")
    journey.tick_newest_run()
    journey.expect_address("/runs", compare=run.name)
    archive = journey.download("download_zip", tmp_path)
    journey.press("delete_run")
    wait_until(lambda: not journey.runs(), "the folder is gone")
    journey.expect_address("/runs")
    expect(journey.page.locator(".st-key-run_files")).to_have_count(0)  # no other run is ticked in its place
    journey.open_fold("Deleted runs (1)")
    journey.press("empty_bin")
    journey.press("confirm_empty_bin")
    expect(journey.page.locator(".st-key-deleted_runs")).to_have_count(0)

    journey.open_fold("Import a run or weights")
    journey.upload(archive)
    journey.press("import_run")
    journey.see("ready to use")
    journey.follow("Open")
    assert journey.run().status().step == step
    journey.see("stopped", within="run_status")
    journey.press("pause_training", "resume")
    journey.see("running", within="run_status")
    wait_until(lambda: journey.run().status().step > step, "the imported run trains on")
    journey.press("stop_training")
    journey.see("stopped", within="run_status")
    journey.see_no_error()


def test_paused_run_outlives_a_killed_server(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey()
    start_long_run(journey)
    run = journey.run()
    wait_until(lambda: run.status().step > 0, "the run trains")
    journey.press("pause_training")
    journey.see("paused", within="run_status")
    worker, step = run.status().pid, run.status().step
    os.kill(journey.app.process.pid, signal.SIGKILL)
    journey.app.process.wait(timeout=30)
    journey.page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for()
    journey.picture("server killed")
    environment = {
        "NN_LAB_RUNS": str(journey.app.runs_root),
        "NN_LAB_DATA": str(journey.app.data_root),
        "NN_LAB_SPARE_WORKER": "no",
    }
    port = urlsplit(journey.app.url).port
    assert port
    with serve(ROOT / "app.py", ROOT, tmp_path / "again.log", environment, port=port):
        wait_for_app(journey.page)  # the page finds the server again by itself
        journey.see("paused", within="run_status", timeout=60_000)
        journey.expect_address("/train", run=run.name)
        assert run.status().pid == worker
        journey.press("pause_training", "resume")
        journey.see("running", within="run_status")
        wait_until(lambda: run.status().step > step, "the run goes on where it was")
        assert run.status().pid == worker
        journey.press("stop_training")
        journey.see("stopped", within="run_status")
        expect(journey.page.locator(".st-key-pause_training button")).to_contain_text("Resume")
