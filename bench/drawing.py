"""Time from lifting the pen to the prediction on the Draw page, measured inside the page: alone, and while a run trains, which
must hardly slow down."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

from browsing import draw_stroke, new_page, open_page, wait_for_app
from playwright.sync_api import Page, expect
from processes import nn_core, started
from waiting import wait_until

from bench.harness import Bench
from bench.table import Row, log, median_ratio, skip
from bench.visitors import STROKES
from nn_core.runs import RunFolder, get_shipped_run

__all__ = ["WATCH", "measure", "pen_to_answer"]

_WHAT = "Pen up → prediction, 95 of 100 strokes"
_TRAINING = "samples/s of a run while a user draws"
_TARGET_MS = 350
_ROUNDS = 3  # of training, alone and while a user draws
_ROUND_SECONDS = 8.0
_STROKE_EVERY_SECONDS = 1.0

# Records when the pen was lifted, in any frame, and when the text of the answer changed.
WATCH = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("mouseup", () => { window.top.penUpAt = now(); }, true);
if (window === window.top) new MutationObserver(() => {
  const answer = document.querySelector(".st-key-prediction p")?.textContent;
  if (answer && answer !== window.answer) [window.answer, window.answeredAt] = [answer, now()];
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def measure(bench: Bench) -> list[Row]:
    if not bench.screen:
        return skip(_WHAT, bench.no_screen)
    name = _network(bench)
    with new_page(bench.screen.browser) as page:
        page.add_init_script(WATCH)
        open_page(page, f"{bench.screen.app.url}/draw?run={name}")
        alone = _hundred(page)
        with _training_run(bench) as run:
            beside = _hundred(page)
            kept = _kept(run, page)
    return [
        _row(_WHAT, alone, f"the first one {alone[0]:.0f} ms, network `{name}`"),
        _row(f"{_WHAT}, while a run trains", beside, f"alone: {statistics.median(alone):.0f} ms"),
        Row(
            _TRAINING,
            f"{100 * kept:.0f} % of what it does alone, the browser on the same machine",
            figure=f"{kept:.2f} ×",
        ),
    ]


def _row(what: str, took: list[float], more: str) -> Row:
    late = sorted(took)[len(took) * 95 // 100 - 1]
    log(f"{what}, ms: {', '.join(f'{value:.0f}' for value in took)}")
    return Row(
        what,
        f"≤ {late:.0f} ms (median {statistics.median(took):.0f} ms; {more})",
        figure=f"{late:.0f} ms",
        target=f"≤ {_TARGET_MS} ms",
        met=late <= _TARGET_MS,
    )


def _network(bench: Bench) -> str:
    """The shipped network, or one that is trained briefly now."""
    if run := get_shipped_run():
        return run.name
    log("There is no shipped network: training one.")
    result = nn_core("train", "--preset", "quick", "--runs", bench.runs_root, "--name", "drawing")
    assert result.returncode == 0, result.stderr
    return "drawing"


@contextmanager
def _training_run(bench: Bench) -> Iterator[RunFolder]:
    """A run that trains while the context is open."""
    settings = (
        "--set",
        "training.epochs=10000",
        "--set",
        f"data.name={bench.data_name}",
        "--set",
        "training.device=cpu",
    )
    with started("train", "--preset", "quick", "--runs", bench.runs_root, "--name", "beside", *settings):
        run = RunFolder(bench.runs_root / "beside")
        wait_until(lambda: run.path.exists() and run.status().step, "the run trains")
        yield run


def _kept(run: RunFolder, page: Page) -> float:
    """The fraction of its speed that a run keeps while a user draws: the median over rounds, each compared with a round without drawing."""
    alone, drawing = [], []
    strokes = cycle(STROKES)
    for number in range(_ROUNDS):
        alone.append(_steps_per_second(run, lambda: None))
        drawing.append(_steps_per_second(run, lambda: pen_to_answer(page, next(strokes))))
        log(f"Steps/s, round {number + 1} of {_ROUNDS}: {alone[-1]:.1f} alone, {drawing[-1]:.1f} with a user drawing")
    return median_ratio(drawing, alone)


def _steps_per_second(run: RunFolder, every_second: Callable[[], object]) -> float:
    """Between two statuses, because a status is up to a second old."""
    first, began = _fresh_step(run)
    while time.monotonic() < began + _ROUND_SECONDS:
        next_at = time.monotonic() + _STROKE_EVERY_SECONDS
        every_second()
        time.sleep(max(0.0, next_at - time.monotonic()))
    last, ended = _fresh_step(run)
    return (last - first) / (ended - began)


def _fresh_step(run: RunFolder) -> tuple[int, float]:
    """The step in the next status that is written, and its time."""
    before = run.status().step
    return wait_until(lambda: run.status().step != before and run.status().step, "the run goes on"), time.monotonic()


def _hundred(page: Page) -> list[float]:
    return [pen_to_answer(page, stroke) for stroke in STROKES * 10]


def pen_to_answer(page: Page, stroke: Sequence[tuple[int, int]]) -> float:
    """Milliseconds until the answer to a first stroke is shown, on a page with `WATCH`; afterwards the canvas is empty again."""
    answer = page.locator(".st-key-prediction p").first
    expect(answer).to_have_text("Draw a digit")
    wait_for_app(page)
    draw_stroke(page, stroke)
    page.wait_for_function("() => window.answeredAt > window.penUpAt")
    took: float = page.evaluate("window.answeredAt - window.penUpAt")
    page.locator(".st-key-clear_canvas button").click()
    return took
