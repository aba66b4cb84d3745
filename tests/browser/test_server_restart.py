"""The server dies under open pages and is started again: they come back by themselves, and show what goes on."""

import os
import signal
import subprocess
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

_LONGEST_WAIT_MS = 1000
_STREAMLIT_LONGEST_WAIT_MS = 4000  # between two attempts; longer timers limit how long a request may take
_PINGS = 5  # failed ones: from then on a page asks as seldom as it ever does

# Notes the delay of every timer that a page sets while it has lost its server, before Streamlit's and our scripts run.
_NOTE_DELAYS = """
window.delays = [];
const wait = window.setTimeout.bind(window);
window.setTimeout = (act, ms, ...rest) => {
  if (document.querySelector("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])")) window.delays.push(ms ?? 0);
  return wait(act, ms, ...rest);
};
"""


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


def test_open_pages_look_for_their_server_every_second_and_continue_with_a_new_one(
    browser: Browser, runs_root: Path, tmp_path: Path
) -> None:
    settings = ["training.epochs=10000", "training.device=cpu", "training.threads=1", "training.batch_size=20"]
    run = create_run(runs_root, apply_settings(get_preset("simple_net"), settings))
    launch_run(run)
    log = tmp_path / "server.log"
    with new_page(browser) as page, new_page(browser) as chart_page:
        with serve(ROOT / "app.py", ROOT, log, {}) as (url, server):
            running(run)
            page.add_init_script(_NOTE_DELAYS)
            open_page(page, f"{url}/train?run={run.name}")
            # A part of this one is lost, as if the server had died while it was on its way.
            chart_page.route("**/static/js/PlotlyChart*", lambda route: route.abort())
            open_page(chart_page, f"{url}/evaluate?run=pretrained-digits")
            expect(chart_page.get_by_text("dynamically imported module").first).to_be_visible()
            chart_page.unroute_all()
            wait_until(lambda: points(page) > 0, "the chart has points")
            kill_and_notice(page, server)
        delays = [delay for delay in page.evaluate("window.delays") if delay <= _STREAMLIT_LONGEST_WAIT_MS]
        assert _LONGEST_WAIT_MS in delays, "Streamlit's longer waits between two attempts are shortened"
        assert max(delays) == _LONGEST_WAIT_MS, "the page looks for its server every second"
        with serve(ROOT / "app.py", ROOT, log, {}, port=urlsplit(url).port or 0):
            seen = points(page)
            wait_until(lambda: page.wait_for_timeout(20) or points(page) > seen, "the chart continues")
            expect(page.locator(".st-key-run_status")).to_contain_text("running")
        with serve(ROOT / "app.py", ROOT, log, {}, port=urlsplit(url).port or 0):
            expect(chart_page.locator(".st-key-calibration .js-plotly-plot").first).to_be_visible(timeout=60_000)
            expect(chart_page.get_by_text("dynamically imported module")).to_have_count(0)
