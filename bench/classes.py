"""Evaluate with 1,000 classes: time until the confusion matrix is shown, and bytes that the page receives."""

import statistics

import numpy as np
from browsing import new_page, wait_for_app
from many_classes import make_many_texts, make_sparse_matrix, train_on_texts, write_matrix
from playwright.sync_api import Browser, Page

from bench.harness import Bench, timed_app
from bench.table import Row, log, skip

__all__ = ["measure"]

_CLASSES = 1_000
_SAMPLES = 50_000
_ROUNDS = 5
_PATIENCE_MS = 120_000
_TARGET_MS = 2_000
_TARGET_BYTES = 2_000_000


def measure(bench: Bench) -> list[Row]:
    what = f"Evaluate with {_CLASSES:,} classes"
    if not bench.screen:
        return skip(what, bench.no_screen)
    folder = bench.folder / "classes"
    data_root = folder / "data"
    data_root.mkdir(parents=True)
    matrices = {
        f"{_SAMPLES:,} samples": make_sparse_matrix(_CLASSES, _SAMPLES),
        "no cell is zero": np.random.default_rng(0).integers(1, 20, (_CLASSES, _CLASSES)).tolist(),
    }
    rows = []
    with timed_app(folder, NN_LAB_DATA=str(data_root)) as app:
        name = make_many_texts(data_root, _CLASSES, examples=5)
        run = train_on_texts(app.runs_root, data_root, name, "thousand", epochs=1)
        for title, counts in matrices.items():
            write_matrix(run, counts)
            address = f"{app.url}/evaluate?run={run.name}"
            first, again, received = _visit(bench.screen.browser, address)
            log(
                f"{title}: {first:.0f} ms to the matrix, {again:.0f} ms with scripts in the cache, {received / 1000:.0f} kB"
            )
            rows += [
                Row(
                    f"{what} ({title}), from loading the page to the matrix",
                    f"{again:.0f} ms",
                    f"in a browser that loads the app for the first time: {first:.0f} ms",
                    target=f"< {_TARGET_MS:,} ms",
                    met=again < _TARGET_MS,
                ),
                Row(
                    f"{what} ({title}), sent to the browser",
                    f"{received / 1000:.0f} kB",
                    target=f"< {_TARGET_BYTES // 1000:,} kB",
                    met=received < _TARGET_BYTES,
                ),
            ]
    return rows


def _visit(browser: Browser, address: str) -> tuple[float, float, int]:
    """Medians over visits: milliseconds from loading the page to the matrix, in a fresh browser and in one that has the app's scripts in
    its cache, and bytes through the WebSocket."""
    firsts, others, sizes = [], [], []
    for _round in range(_ROUNDS):
        with new_page(browser) as page:
            received: list[int] = []
            page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))  # noqa: B023
            firsts.append(_load(page, address))
            page.goto("about:blank")
            received.clear()
            others.append(_load(page, address))
            sizes.append(sum(received))
    return statistics.median(firsts), statistics.median(others), int(statistics.median(sizes))


def _load(page: Page, address: str) -> float:
    page.goto(address)
    page.locator(".st-key-confusion_matrix").get_by_role("grid").wait_for(timeout=_PATIENCE_MS)
    shown: float = page.evaluate("performance.now()")
    wait_for_app(page)
    return shown
