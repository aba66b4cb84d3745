"""No page contacts another host: every request of every page is recorded, and the browser reports what the policy forbids."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from browsing import draw_stroke, new_page, open_page, wait_for_app, wait_for_event
from playwright.sync_api import Browser, Page, expect
from serving import AppServer, serve_app

PATHS = (
    "/",
    "/demo",
    "/playground",
    "/train",
    "/runs",
    "/evaluate",
    "/draw",
    "/text",
    "/inside",
    "/backprop",
    "/compare",
    "/data",
    "/glossary",
)
LOCAL_SCHEMES = ("data", "blob")  # made by the page itself, never asked of a host

# Reports violations as they happen, also those of pages that are left at once.
WATCH = """
document.addEventListener("securitypolicyviolation", (it) =>
  console.error(`POLICY ${it.effectiveDirective} ${it.blockedURI} ${it.sourceFile}:${it.lineNumber}`));
"""


@dataclass
class Record:
    """What the pages of one browser asked for. said: the console's lines about the policy."""

    requests: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def foreign(self, app: AppServer) -> list[str]:
        host = urlsplit(app.url).netloc
        urls = self.requests + self.sockets
        return [url for url in urls if urlsplit(url).scheme not in LOCAL_SCHEMES and urlsplit(url).netloc != host]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("requests")) as served:
        yield served


@contextmanager
def recorded(browser: Browser) -> Iterator[tuple[Page, Record]]:
    """A page of which every request counts, those of its frames, workers and pop-ups too."""
    record = Record()
    with new_page(browser) as page:
        page.context.add_init_script(WATCH)
        page.context.on("request", lambda request: record.requests.append(request.url))
        page.on("websocket", lambda socket: record.sockets.append(socket.url))
        page.context.on("console", lambda message: _listen(message.text, record))
        yield page, record


def _listen(text: str, record: Record) -> None:
    if text.startswith("POLICY") or "Content Security Policy" in text:
        record.said.append(text[:300])


def check(record: Record, app: AppServer) -> None:
    assert record.foreign(app) == []
    assert record.said == []
    assert len(record.requests) > 50
    assert {urlsplit(url).path for url in record.sockets} == {"/_stcore/stream"}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_opens_first_by_its_own_address_and_asks_only_this_server(
    browser: Browser, tmp_path: Path, path: str
) -> None:
    """On a fresh server, whose very first visitor comes to this page."""
    with serve_app(tmp_path) as app, recorded(browser) as (page, record):
        open_page(page, f"{app.url}{path}")
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(PATHS))
        expect(page.locator("h1").first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
        page.wait_for_load_state("networkidle")  # parts that are loaded late
    check(record, app)
    assert f"{app.url}{path}" in record.requests


def test_the_browser_would_stop_a_request_to_another_host(browser: Browser, app: AppServer) -> None:
    """And the record would show it: so the tests here can fail."""
    with recorded(browser) as (page, record):
        open_page(page, app.url)
        page.evaluate("() => { new Image().src = 'http://127.0.0.2:9/x.png'; }")
        page.evaluate("() => fetch('http://127.0.0.2:9/x').catch(() => {})")
        wait_for_event(page, lambda: re.search("img-src.*127.0.0.2", "\n".join(record.said)), "the image is reported")
        wait_for_event(page, lambda: re.search("connect-src.*127.0.0.2", "\n".join(record.said)), "fetch is reported")


@pytest.mark.timeout(300)
def test_a_whole_visit_asks_only_this_server(browser: Browser, app: AppServer, tmp_path: Path) -> None:
    """Train, watch, evaluate, draw, play, bring data and take a run along, in one browser."""
    with recorded(browser) as (page, record):
        open_page(page, app.url)
        page.locator(".st-key-first_network button").click()
        expect(page.locator(".live-chart[data-covered]")).not_to_have_attribute("data-covered", "0", timeout=90_000)
        page.locator(".st-key-stop_training button").click()
        open_page(page, f"{app.url}/evaluate?run=pretrained-digits")
        expect(page.locator(".st-key-confusion_matrix")).to_be_visible(timeout=90_000)
        expect(page.locator(".st-key-calibration .js-plotly-plot").first).to_be_visible(timeout=90_000)
        open_page(page, f"{app.url}/draw")
        page.locator(".st-key-draw_canvas canvas").last.wait_for(timeout=90_000)
        draw_stroke(page, [(140, 40), (140, 240)])
        expect(page.locator(".st-key-prediction")).to_contain_text("1", timeout=90_000)
        open_page(page, f"{app.url}/playground")
        page.locator(".st-key-start_training button").click(timeout=90_000)
        expect(page.locator(".live-chart[data-covered]")).not_to_have_attribute("data-covered", "0", timeout=90_000)
        open_page(page, f"{app.url}/runs")
        expect(page.locator(".st-key-runs_table table")).to_be_visible(timeout=90_000)
        open_page(page, f"{app.url}/data")
        pictures = tmp_path / "pictures.zip"
        with ZipFile(pictures, "w") as archive:
            archive.writestr("readme.txt", "no picture")
        page.locator("input[type=file]").first.set_input_files(pictures)
        wait_for_event(page, lambda: "/_stcore/upload_file/" in "".join(record.requests), "the file is sent")
        wait_for_app(page)
    check(record, app)
    asked = {urlsplit(url).path for url in record.requests}
    assert any(path.endswith("/live_chart.js") for path in asked)
    assert any(path.startswith("/_stcore/upload_file/") for path in asked)
    assert any(path.startswith("/media/") for path in asked)


def test_a_network_in_a_file_is_downloaded_from_this_server(browser: Browser, app: AppServer) -> None:
    with recorded(browser) as (page, record):
        open_page(page, f"{app.url}/data?set=mnist_sample")
        button = page.locator("[data-testid=stDownloadButton] button").first
        page.locator("[data-testid=stExpander]:has([data-testid=stDownloadButton]) summary").first.click(timeout=90_000)
        with page.expect_download(timeout=60_000) as download:
            button.click(timeout=60_000)
        assert download.value.url.startswith((app.url, "blob:"))
    check(record, app)
