"""`python -m bench.vitals`: loading time of five pages, the bytes that they load, and the response time of the main click.

Cold is the first visit to a fresh server with an empty browser cache. Warm is a second visit to that server, in the same browser. The
phone is simulated with Chrome's own throttling, at Lighthouse's values: a processor four times slower, and slow 4G. Each figure
is the median of three rounds. `--against FOLDER` measures another checkout in alternation with this one, so that both have the same load.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from browsing import DESKTOP, PHONE, draw_stroke, launched_browser, wait_for_app
from playwright.sync_api import Browser, BrowserContext, Page, expect
from processes import ROOT, end_workers
from serving import serve

from bench.table import log

__all__ = ["PAGES", "Vitals", "main"]

_ROUNDS = 3
_SETTLE_MS = 2000  # after the script has run: late parts of the page still count
_PATIENCE_MS = 180_000
_RUN = "vitals"
_SLOWDOWN = 4
_SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 1_474_560 / 8, "uploadThroughput": 675_000 / 8}

_WATCH = """
window.vitals = { first: 0, largest: 0, longest: 0, shifts: [] };
const watch = (type, act) => new PerformanceObserver((list) => list.getEntries().forEach(act)).observe({ type, buffered: true });
watch("paint", (it) => { if (it.name === "first-contentful-paint") vitals.first = it.startTime; });
watch("largest-contentful-paint", (it) => { vitals.largest = it.startTime; });
watch("longtask", (it) => { vitals.longest = Math.max(vitals.longest, it.duration); });
watch("layout-shift", (it) => { if (!it.hadRecentInput) vitals.shifts.push([it.startTime, it.value]); });
"""


@dataclass(frozen=True)
class Vitals:
    """Figures of one visit. Times in milliseconds; shift: the cumulative layout shift; kilobytes: sent to the browser, compressed."""

    first_paint: float
    largest_paint: float
    shift: float
    longest_task: float
    kilobytes: float
    click: float


@dataclass(frozen=True)
class _Place:
    """path: of the page; click: does what a visitor does first, and returns once the result is shown."""

    path: str
    what: str
    click: Callable[[Page], None]


def _open(path: str, title: str) -> Callable[[Page], None]:
    """Open another page by its link in the sidebar, also if the sidebar is closed."""

    def click(page: Page) -> None:
        page.locator(f"[data-testid=stSidebarNavLink][href$='/{path}']").dispatch_event("click")
        expect(page.locator("[data-testid=stMain] h1").first).to_have_text(title, timeout=_PATIENCE_MS)

    return click


def _new_run(page: Page) -> None:
    page.get_by_text("New run", exact=True).first.click()
    page.locator(".st-key-start_training button").wait_for(timeout=_PATIENCE_MS)


def _draw(page: Page) -> None:
    draw_stroke(page, [(140, 40), (140, 240)])
    expect(page.locator(".st-key-prediction :is(h1, p)").first).to_have_text(re.compile(r"^\d$"), timeout=_PATIENCE_MS)


def _start(page: Page) -> None:
    page.locator(".st-key-start_training button").click()
    page.locator('.live-chart[data-covered]:not([data-covered="0"])').wait_for(timeout=_PATIENCE_MS)


PAGES = {
    "Home": _Place("/", "Draw opened", _open("draw", "Draw")),
    "Train, a run": _Place(f"/train?run={_RUN}", "New run: the form", _new_run),
    "Evaluate": _Place(f"/evaluate?run={_RUN}", "Data opened", _open("data", "Data")),
    "Draw": _Place("/draw", "a stroke read", _draw),
    "Playground": _Place("/playground", "Start: first point", _start),
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.vitals", description=__doc__)
    parser.add_argument(
        "--against", type=Path, metavar="FOLDER", help="another checkout, measured in turn with this one"
    )
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--page", action="append", choices=PAGES, help="only this one; may be given more than once")
    parser.add_argument("--device", action="append", choices=("desktop", "phone"), help="only this one")
    chosen = parser.parse_args(arguments)
    checkouts = {"here": ROOT} | ({"before": chosen.against.resolve()} if chosen.against else {})
    taken: dict[tuple[str, str, str, str], list[Vitals]] = {}
    with tempfile.TemporaryDirectory(prefix="nn-lab-vitals-") as folder, launched_browser() as browser:
        stores = {name: _trained(checkout, Path(folder) / name) for name, checkout in checkouts.items()}
        for number in range(chosen.rounds):
            for device in chosen.device or ("desktop", "phone"):
                for page in chosen.page or PAGES:
                    for name, checkout in checkouts.items():
                        for state, vitals in _visits(browser, checkout, stores[name], PAGES[page], device == "phone"):
                            taken.setdefault((device, page, state, name), []).append(vitals)
                            log(f"Round {number + 1}, {name}, {device}, {page}, {state}: {_line(vitals)}")
    print(_table(taken))


def _trained(checkout: Path, folder: Path) -> Path:
    """A runs folder with a finished run."""
    command = [sys.executable, "-m", "nn_core", "train", "--preset", "quick", "--runs", str(folder / "runs")]
    command += ["--set", "data.name=mnist_sample", "--set", "training.epochs=2", "--name", _RUN]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return folder / "runs"


def _visits(browser: Browser, checkout: Path, store: Path, place: _Place, phone: bool) -> Iterator[tuple[str, Vitals]]:
    """The cold visit, then the warm one, on a new server."""
    with tempfile.TemporaryDirectory(prefix="nn-lab-vitals-") as folder:
        runs = Path(folder) / "runs"
        shutil.copytree(store, runs)
        settings = {"NN_LAB_RUNS": str(runs), "NN_LAB_DATA": str(Path(folder) / "data")}
        try:
            with serve(checkout / "app.py", checkout, Path(folder) / "log", settings) as (url, _server):
                context = browser.new_context(viewport=PHONE if phone else DESKTOP, has_touch=phone, is_mobile=phone)
                context.set_default_timeout(_PATIENCE_MS)
                for state in ("cold", "warm"):
                    yield state, _visit(context, url, place, phone)
                context.close()
        finally:
            end_workers(runs)


def _visit(context: BrowserContext, url: str, place: _Place, phone: bool) -> Vitals:
    with _measured(context, phone) as (page, received):
        page.goto(url + place.path, timeout=_PATIENCE_MS)
        wait_for_app(page)
        page.wait_for_timeout(_SETTLE_MS)
        found: dict[str, Any] = page.evaluate("vitals")
        bytes_until_now = sum(received)
        begun = time.perf_counter()
        place.click(page)
        answered = 1000 * (time.perf_counter() - begun)
    shift = _largest_window(found["shifts"])
    times = (found["first"], found["largest"], shift, found["longest"])
    return Vitals(*times, bytes_until_now / 1000, answered)


@contextmanager
def _measured(context: BrowserContext, phone: bool) -> Iterator[tuple[Page, list[float]]]:
    """A page, and the bytes that it has received so far: files as sent, and WebSocket messages."""
    page = context.new_page()
    page.add_init_script(_WATCH)
    received: list[float] = []
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    # Binary frames are shown as base64, of which four characters are three bytes.
    tools.on("Network.webSocketFrameReceived", lambda it: received.append(len(it["response"]["payloadData"]) * 0.75))
    if phone:
        tools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWDOWN})
        tools.send("Network.emulateNetworkConditions", _SLOW_4G)
    yield page, received
    page.close()


def _largest_window(shifts: list[tuple[float, float]]) -> float:
    """The cumulative layout shift as the web vitals define it: the worst five seconds without a pause of one."""
    worst = total = 0.0
    first = last = float("-inf")
    for at, value in shifts:
        if at - last > 1000 or at - first > 5000:
            first, total = at, 0.0
        last, total = at, total + value
        worst = max(worst, total)
    return worst


def _line(vitals: Vitals) -> str:
    return (
        f"first paint {vitals.first_paint:.0f} ms, largest {vitals.largest_paint:.0f} ms, shift {vitals.shift:.3f}, "
        f"longest task {vitals.longest_task:.0f} ms, {vitals.kilobytes:.0f} kB, click {vitals.click:.0f} ms"
    )


def _table(taken: dict[tuple[str, str, str, str], list[Vitals]]) -> str:
    """One row per page, device and state; for two checkouts each figure is before → here."""
    names = ["first_paint", "largest_paint", "shift", "longest_task", "kilobytes", "click"]
    heads = ["first paint, ms", "largest paint, ms", "layout shift", "longest task, ms", "kB", "main click, ms"]
    assert names == [field.name for field in fields(Vitals)]
    lines = [["device", "visit", "page", *heads, "the click"], ["---"] * (len(heads) + 4)]
    for device, page, state in dict.fromkeys(key[:3] for key in taken):
        cells = []
        for name in names:
            digits = 3 if name == "shift" else 0
            each = [
                f"{statistics.median(getattr(vitals, name) for vitals in taken[device, page, state, checkout]):.{digits}f}"
                for checkout in ("before", "here")
                if (device, page, state, checkout) in taken
            ]
            cells.append(" → ".join(each))
        lines.append([device, state, page, *cells, PAGES[page].what])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
