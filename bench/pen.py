"""Draw while the pen moves: time from the pen's movement to the bars, and what the browser loads before its first answer."""

import statistics

from browsing import DESKTOP, new_page, open_page, pen_down
from playwright.sync_api import CDPSession, Page, expect

from bench.harness import Bench
from bench.table import Row, log, skip
from bench.visitors import STROKES

__all__ = ["measure"]

_WHAT = "Pen → bars in the browser, 95 of 100 movements"
_TARGET_MS, _TARGET_KB = 16, 500
_MOVEMENTS = 200
_NOTE = ".st-key-prediction_pen_reader .note[data-state=ready]"

# Registered after the bars have, so it is called after they have changed. The time of an event is when the browser got it.
_WATCH = """
window.penTook = [];
document.addEventListener("nn-lab-live-answer", ({ detail }) => {
  if (detail.answer) window.penTook.push(performance.now() - detail.time);
});
"""
_LOADED = """
() => performance.getEntriesByType("resource").filter((it) => it.name.includes("/nn-lab/network/"))
  .map((it) => ({ bytes: it.transferSize, start: it.startTime, end: it.responseEnd }))
"""


def measure(bench: Bench) -> list[Row]:
    if not bench.screen:
        return skip(_WHAT, bench.no_screen)
    with new_page(bench.screen.browser, DESKTOP) as page:
        open_page(page, f"{bench.screen.app.url}/draw?run=pretrained-digits")
        expect(page.locator(_NOTE)).to_be_visible(timeout=60_000)
        ready: float = page.evaluate("performance.now()")
        files = page.evaluate(_LOADED)
        page.evaluate(_WATCH)
        took, processor = _draw(page)
    late = sorted(took)[len(took) * 95 // 100 - 1]
    kilobytes = sum(file["bytes"] for file in files) / 1000
    waited = max(file["end"] for file in files) - min(file["start"] for file in files)
    log(f"{_WHAT}, ms: {', '.join(f'{value:.1f}' for value in took)}")
    return [
        Row(
            _WHAT,
            f"≤ {late:.1f} ms (median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms, {len(took)} movements; "
            f"{processor:.1f} ms of the page's processor time for each, with the line on the canvas)",
            figure=f"{late:.1f} ms",
            target=f"≤ {_TARGET_MS} ms",
            met=late <= _TARGET_MS,
        ),
        Row(
            "Loaded before the browser's first answer",
            f"{kilobytes:.0f} KB in {len(files)} files, in {waited:.0f} ms, prepared for the first visitor; ready {ready:.0f} ms after "
            "the page was opened",
            figure=f"{kilobytes:.0f} KB",
            target=f"≤ {_TARGET_KB} KB",
            met=0 < kilobytes <= _TARGET_KB,
        ),
    ]


def _draw(page: Page) -> tuple[list[float], float]:
    """Milliseconds of each movement, over several drawings, and of the processor time of the page's main thread while the pen is down."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    answer = page.locator(".st-key-prediction p").first
    took: list[float] = []
    processor = 0.0
    while len(took) < _MOVEMENTS:
        for stroke in STROKES:
            before = _read_task_ms(session)
            with pen_down(page, stroke):
                processor += _read_task_ms(session) - before
            page.locator(".st-key-clear_canvas button").click()
            expect(answer).to_have_text("Draw a digit", timeout=60_000)
        took = page.evaluate("window.penTook")
    return took[:_MOVEMENTS], processor / len(took)


def _read_task_ms(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
