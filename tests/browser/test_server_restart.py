"""The server dies under open pages and is started again: they come back by themselves, and show what goes on."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from browsing import new_page, open_page
from playwright.sync_api import Browser, Page, expect
from processes import ROOT, running
from serving import serve
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.runs import create_run

_SECONDS = 5.0
_TRIES = 3  # other tests may want the cores just then
_PINGS = 5  # in vain: from then on a page asks as seldom as it ever does


def failed_pings(page: Page) -> Callable[[], int]:
    """How often the page has looked for its server in vain."""
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url) if "/_stcore/health" in request.url else None)
    return lambda: len(failed)


def points(page: Page) -> int:
    """How many training points the live chart has got."""
    return int(page.locator(".st-key-live_charts .live-chart").get_attribute("data-covered") or 0)


def kill_and_notice(page: Page, server: subprocess.Popen[bytes]) -> None:
    """The server dies, and the page has looked for it so often that it asks but seldom."""
    pings = failed_pings(page)
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: page.wait_for_timeout(20) or not connected(page), "the page has noticed")
    wait_until(lambda: page.wait_for_timeout(20) or pings() >= _PINGS, "the page asks but seldom")


def connected(page: Page) -> bool:
    return page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").count() == 1


def test_open_pages_come_back_within_five_seconds_of_a_new_server(
    browser: Browser, runs_root: Path, tmp_path: Path
) -> None:
    settings = ["training.epochs=10000", "training.device=cpu", "training.threads=1", "training.batch_size=20"]
    run = create_run(runs_root, apply_settings(get_preset("simple_net"), settings))
    launch_run(run)
    log = tmp_path / "server.log"
    with new_page(browser) as page, new_page(browser) as list_page:
        with serve(ROOT / "app.py", ROOT, log, {}) as (url, server):
            running(run)
            open_page(page, f"{url}/train?run={run.name}")
            # A part of this one is lost, as if the server had died while it was on its way.
            list_page.route("**/static/js/DataFrame*", lambda route: route.abort())
            open_page(list_page, f"{url}/runs")
            expect(list_page.get_by_text("dynamically imported module").first).to_be_visible()
            list_page.unroute_all()
            wait_until(lambda: points(page) > 0, "the chart has points")
            kill_and_notice(page, server)
        waits: list[float] = []
        while len(waits) < _TRIES and not (waits and waits[-1] < _SECONDS):
            with serve(ROOT / "app.py", ROOT, log, {}, port=urlsplit(url).port or 0) as (_url, server):
                healthy_at, seen = time.monotonic(), points(page)
                wait_until(lambda seen=seen: page.wait_for_timeout(20) or points(page) > seen, "the chart goes on")
                waits.append(time.monotonic() - healthy_at)
                expect(page.locator(".st-key-run_status")).to_contain_text("running")
                if waits[-1] >= _SECONDS and len(waits) < _TRIES:
                    kill_and_notice(page, server)
        assert min(waits) < _SECONDS, ", ".join(f"{wait:.1f} s" for wait in waits)
        with serve(ROOT / "app.py", ROOT, log, {}, port=urlsplit(url).port or 0):
            expect(list_page.locator(".st-key-runs_table canvas").first).to_be_visible(timeout=60_000)
            expect(list_page.get_by_text("dynamically imported module")).to_have_count(0)
