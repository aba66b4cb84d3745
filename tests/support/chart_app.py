"""The live chart and the probability bars on a page of their own, which shows what a test asks for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browsing import open_page
from playwright.sync_api import Locator, Page, expect
from processes import ROOT
from serving import serve

__all__ = ["App", "chart", "expect_points", "open_app", "served_charts"]

# Reads what to show from a file beside it, so that a test decides when points arrive, and writes each tick's cost.
SCRIPT = """
import dataclasses, json, math, time
from pathlib import Path
import streamlit as st
from ui.components.live_chart import Curves, PinnedLine, draw_live_chart
from ui.components.probability_bars import draw_probability_bars

here = Path(__file__).parent
curves = st.cache_resource(lambda: Curves([], [], [], [], [], []))()

def tick():
    request = json.loads((here / "request.json").read_text())
    for column in (curves.train_epoch, curves.train_loss, curves.train_accuracy):
        del column[request["points"]:]
    del curves.validation_epoch[request["points"] // 100:]
    del curves.validation_loss[request["points"] // 100:]
    del curves.validation_accuracy[request["points"] // 100:]
    held = len(curves.train_epoch)
    for step in range(held + 1, min(request["points"], held + request.get("grow", request["points"])) + 1):
        loss = 2.3 * math.exp(-step / 700) * (1 + 0.2 * math.sin(step * 1.7)) + 0.05
        curves.train_epoch.append(step / 100)
        curves.train_loss.append(loss)
        curves.train_accuracy.append(1 - loss / 3)
        if step % 100 == 0:
            curves.validation_epoch.append(step / 100)
            curves.validation_loss.append(loss * 1.1)
            curves.validation_accuracy.append(1 - loss / 2.9)
    begun = time.perf_counter()
    pinned = [
        PinnedLine(name, name, curves.train_epoch, [number / 10 for _ in curves.train_epoch])
        for number, name in enumerate(request.get("pinned", []))
    ]
    shown = dataclasses.replace(curves, rate_changes=request.get("turns", []), pinned=pinned)
    if not request.get("accuracy", True):
        shown = dataclasses.replace(shown, train_accuracy=[], validation_accuracy=[])
    draw_live_chart(
        shown,
        run=request["run"],
        generation=request["generation"],
        epochs=request["epochs"],
        key="live",
        accuracy=request.get("accuracy", True),
        compact=request.get("compact", False),
    )
    with (here / "cost.txt").open("a") as file:
        file.write(f"{1000 * (time.perf_counter() - begun):.2f}\\n")
    draw_probability_bars(request["probabilities"], key="bars")

if __name__ == "__main__":
    if st.checkbox("show", value=True):
        st.fragment(tick, run_every=0.4)()
else:
    # As in app.py: the server imports this file, and sends the library of the chart.
    from streamlit.starlette import App

    from ui.http.middleware import make_middleware

    app = App(__file__, middleware=make_middleware())
"""


@dataclass
class App:
    """A served script; `tell` decides what it shows from its next tick on."""

    folder: Path
    url: str

    def tell(self, points: int, *, generation: int = 0, run: str = "a", epochs: int = 100, **more: Any) -> None:
        request = {"points": points, "generation": generation, "run": run, "epochs": epochs}
        new = self.folder / "request.new"
        new.write_text(json.dumps({**request, "probabilities": {"0": 0.0}, **more}))
        new.replace(self.folder / "request.json")


@contextmanager
def served_charts(folder: Path) -> Iterator[App]:
    """Serves the page from the folder, in the project's own theme."""
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    App(folder, "").tell(0)
    options = (
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        "--runner.postScriptGC=false",
    )
    with serve(script, folder, folder / "server.log", {"PYTHONPATH": str(ROOT)}, *options) as (url, _):
        yield App(folder, url)


def chart(page: Page) -> Locator:
    return page.locator(".live-chart")


def expect_points(page: Page, points: int) -> None:
    """Waits until the browser has all points that the server has."""
    expect(chart(page)).to_have_attribute("data-covered", str(points), timeout=15_000)


def open_app(page: Page, app: App, points: int) -> None:
    open_page(page, app.url)
    expect_points(page, points)
