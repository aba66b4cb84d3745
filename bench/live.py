"""The cost of a tick of the live view, with four growing curves: at 1,000 points each, at 10,000, and in a run of a million.

The page is the real one, for a run with simulated metrics that grow by 50 points per curve every second.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browsing import new_page, open_page, wait_for_app
from playwright.sync_api import Page
from processes import ROOT
from serving import serve
from waiting import wait_until

from bench.harness import Bench, Screen, costs_file, read_costs, start_child
from bench.table import Row, log, skip

__all__ = ["measure"]

_FEW, _MANY, _GROWTH = 1_000, 10_000, 50
_MILLION = 500_000  # as many training points as validation points
_TICKS = 10
_SETTLE_TICKS = 3
_TARGET_MS = 25
_TARGET_KIB = 15
_MAY_GROW = 1.3  # how much two measurements may differ


@dataclass(frozen=True)
class Tick:
    """Medians and means of a tick. run_ms: duration of the script; server_ms: processor time of the server, including sending."""

    run_ms: float
    server_ms: float
    kib: float
    browser_ms: float


def measure(bench: Bench) -> list[Row]:
    screen = bench.screen
    if not screen:
        return skip("A tick of four live curves", bench.no_screen)
    (few, _few_opened), (many, _many_opened), (million, opened) = (
        _live_view(bench, screen, points) for points in (_FEW, _MANY, _MILLION)
    )
    plotly = _plotly(bench, screen)
    what = f"A tick of the live view, four curves of {_MANY:,} points"
    return [
        Row(
            f"{what}: server",
            f"{many.server_ms:.1f} ms ({many.run_ms:.1f} ms in the script)",
            f"`st.plotly_chart`: {plotly.server_ms:.1f} ms",
            f"{many.server_ms / plotly.server_ms:.2f} ×",
            f"< {_TARGET_MS} ms",
            many.server_ms < _TARGET_MS,
        ),
        _growth("server", few.server_ms, many.server_ms, "ms"),
        _growth("server", few.server_ms, million.server_ms, "ms", _MILLION),
        Row(
            f"{what}: sent",
            f"{many.kib:.1f} KiB",
            f"`st.plotly_chart`: {plotly.kib:.1f} KiB",
            f"{many.kib / plotly.kib:.3f} ×",
            f"< {_TARGET_KIB} KiB",
            many.kib < _TARGET_KIB,
        ),
        _growth("sent", few.kib, many.kib, "KiB"),
        _growth("sent", few.kib, million.kib, "KiB", _MILLION),
        Row(
            f"{what}: browser",
            f"{many.browser_ms:.0f} ms",
            f"`st.plotly_chart`: {plotly.browser_ms:.0f} ms",
            f"{many.browser_ms / plotly.browser_ms:.2f} ×",
        ),
        _growth("browser", few.browser_ms, million.browser_ms, "ms", _MILLION),
        Row(
            f"Opening the live view of a run of {2 * _MILLION:,} points, whose file has not been read yet",
            f"{opened[0]:.1f} s until the curves are there, with a bar that shows how far it is",
            f"again: {opened[1]:.1f} s",
        ),
    ]


def _growth(what: str, few: float, many: float, unit: str, points: int = _MANY) -> Row:
    return Row(
        f"The same at {points:,} points and at {_FEW:,}: {what}",
        f"{many:.1f} {unit}",
        f"{_FEW:,} points: {few:.1f} {unit}",
        f"{many / few:.2f} ×",
        f"does not grow (≤ {_MAY_GROW:g} ×)",
        many / few <= _MAY_GROW,
    )


def _live_view(bench: Bench, screen: Screen, points: int) -> tuple[Tick, tuple[float, float]]:
    """Also the seconds until the curves were shown, on the first visit and on the next."""
    name = f"live-{points}"
    with start_child("bench.growing_run", bench.runs_root, name, points, _GROWTH) as process, _counted(screen) as page:
        assert process.stdout
        process.stdout.readline()
        opened = []
        for _visit in range(2):
            began = time.monotonic()
            page.page.goto(f"{screen.app.url}/train?run={name}")
            page.page.locator('.live-chart[data-covered]:not([data-covered="0"])').wait_for()
            opened.append(time.monotonic() - began)
        wait_for_app(page.page)
        return page.tick(screen.costs, name), (opened[0], opened[1])


def _plotly(bench: Bench, screen: Screen) -> Tick:
    folder = bench.folder / "plotly"
    folder.mkdir()
    costs = costs_file(folder)
    script = ROOT / "bench" / "plotly_page.py"
    environment = {"NN_LAB_BENCH_COSTS": str(costs), "NN_LAB_BENCH_POINTS": str(_MANY)}
    server = serve(script, ROOT, folder / "server.log", environment, launcher="bench.timed_streamlit")
    with server as (url, _), _counted(screen) as page:
        open_page(page.page, url)
        page.page.locator(".main-svg").nth(3).wait_for()
        return page.tick(costs, "st.plotly_chart")


@dataclass(frozen=True)
class _CountedPage:
    page: Page
    received: list[int]

    def tick(self, costs: Path, name: str) -> Tick:
        """The cost of one of the next ticks."""
        ticks = len(read_costs(costs))
        wait_until(lambda: len(read_costs(costs)) >= ticks + _SETTLE_TICKS, "the page has settled")
        client = self.page.context.new_cdp_session(self.page)
        client.send("Performance.enable")

        def busy_seconds() -> float:
            metrics = client.send("Performance.getMetrics")["metrics"]
            return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

        before, busy_before = len(read_costs(costs)), busy_seconds()
        self.received.clear()
        # Handles the browser's events here, so that frames are counted as they arrive.
        while len(read_costs(costs)) < before + _TICKS:
            self.page.wait_for_timeout(100)
        lines = read_costs(costs)
        count = len(lines) - before
        tick = Tick(
            statistics.median(line["run_ms"] for line in lines[before:]),
            (lines[-1]["server_cpu_ms"] - lines[before - 1]["server_cpu_ms"]) / count,
            sum(self.received) / count / 1024,
            1000 * (busy_seconds() - busy_before) / count,
        )
        log(f"A tick, {name}: {tick}")
        return tick


@contextmanager
def _counted(screen: Screen) -> Iterator[_CountedPage]:
    """A page that counts the bytes it receives from the server."""
    received: list[int] = []

    def count(payload: str | bytes) -> None:
        received.append(len(payload))

    with new_page(screen.browser) as page:
        page.on("websocket", lambda socket: socket.on("framereceived", count))
        yield _CountedPage(page, received)
