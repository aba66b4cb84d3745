"""From lifting the pen to the prediction on the Draw page, measured inside the page."""

import statistics
from collections.abc import Sequence

from browsing import draw_stroke, new_page, open_page, wait_for_app
from playwright.sync_api import Page, expect
from processes import nn_core

from bench.stand import Bench
from bench.table import Row, say, skipped
from nn_core.runs import shipped_run

__all__ = ["measure"]

_WHAT = "Pen up → prediction, the slowest but one of 20"
_TARGET_MS = 400
_STROKES: Sequence[Sequence[tuple[int, int]]] = (
    [(140, 40), (140, 240)],
    [(160, 180), (230, 180), (190, 262)],
    [(70, 60), (210, 60), (120, 240)],
    [(140, 50), (80, 140), (140, 230), (200, 140), (140, 50)],
    [(80, 90), (140, 50), (190, 100), (80, 230), (210, 230)],
    [(80, 60), (190, 60), (120, 130), (200, 180), (90, 240)],
    [(180, 50), (100, 150), (120, 230), (190, 210), (170, 150), (110, 170)],
    [(190, 60), (90, 60), (90, 130), (180, 140), (180, 220), (80, 230)],
    [(180, 120), (120, 130), (110, 70), (180, 60), (180, 120), (170, 240)],
    [(40, 40), (60, 40), (45, 75)],
)

# Notes when the pen was lifted, in whichever frame the canvas is, and when the words of the answer changed.
_WATCH = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("mouseup", () => { window.top.penUpAt = now(); }, true);
if (window === window.top) new MutationObserver(() => {
  const answer = document.querySelector(".st-key-prediction h1")?.textContent;
  if (answer && answer !== window.answer) [window.answer, window.answeredAt] = [answer, now()];
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def measure(bench: Bench) -> list[Row]:
    if not bench.screen:
        return skipped(_WHAT, bench.no_screen)
    name = _network(bench)
    with new_page(bench.screen.browser) as page:
        page.add_init_script(_WATCH)
        open_page(page, f"{bench.screen.app.url}/draw?run={name}")
        took = [_milliseconds(page, stroke) for stroke in _STROKES * 2]
    took = sorted(took)
    say(f"Pen up → prediction, ms: {', '.join(f'{value:.0f}' for value in took)}")
    late = took[len(took) * 95 // 100 - 1]
    return [
        Row(
            _WHAT,
            f"{late:.0f} ms (median {statistics.median(took):.0f} ms), network `{name}`",
            figure=f"{late:.0f} ms",
            target=f"≤ {_TARGET_MS} ms",
            met=late <= _TARGET_MS,
        )
    ]


def _network(bench: Bench) -> str:
    """The shipped one, or one that is trained now, if only a little."""
    if run := shipped_run():
        return run.name
    say("There is no shipped network: training one.")
    result = nn_core("train", "--preset", "quick", "--runs", bench.runs_root, "--name", "drawing")
    assert result.returncode == 0, result.stderr
    return "drawing"


def _milliseconds(page: Page, stroke: Sequence[tuple[int, int]]) -> float:
    answer = page.locator(".st-key-prediction h1")
    expect(answer).to_have_text("Draw a digit")
    wait_for_app(page)
    draw_stroke(page, stroke)
    page.wait_for_function("window.answeredAt > window.penUpAt")
    took: float = page.evaluate("window.answeredAt - window.penUpAt")
    page.locator(".st-key-clear_canvas button").click()
    return took
