"""The Runs page, and `list --json`, with 10 run folders and with thousands: total time, and time per run."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

from browsing import new_page, wait_for_app
from playwright.sync_api import Page
from processes import ROOT

from bench.harness import Bench, Screen, costs_file, read_costs, timed_app
from bench.table import Row, log, skip
from nn_core.runs import RunFolder, get_shipped_run

__all__ = ["make_runs", "measure"]

_COUNTS = (10, 100, 1_000, 3_000)
_SHOWN = 1_000  # of the target
_ROUNDS = 5
_TARGET_MS = 1_000
_STATUSES = ("finished",) * 7 + ("stopped", "failed", "running")  # the process of the last one is gone: interrupted
_COPIED = ("config.json", "metrics.jsonl", "evaluation.json", "best.safetensors")

# When the table is shown, in milliseconds since the browser began to load the page.
_WATCH = """
const watch = () => {
  const frame = document.querySelector(".st-key-runs_table");
  const inside = [...(frame?.querySelectorAll("*") ?? [])].map((element) => element.shadowRoot).find(Boolean);
  if (inside?.querySelector("tbody tr")) window.tableAt ??= performance.now();
  requestAnimationFrame(watch);
};
watch();
"""


def measure(bench: Bench) -> list[Row]:
    what = f"The Runs page with {_SHOWN:,} run folders"
    if not bench.screen:
        return skip(what, bench.no_screen)
    script: dict[int, float] = {}
    loaded: dict[int, float] = {}
    shown: dict[int, float] = {}
    listed: dict[int, float] = {}
    with timed_app(bench.folder / "many") as app:
        screen = Screen(bench.screen.browser, app, costs_file(bench.folder / "many"))
        for count in _COUNTS:
            make_runs(app.runs_root, count)
            script[count], loaded[count], shown[count] = _visits(screen)
            listed[count] = _listing(app.runs_root)
            log(
                f"{count} runs: {script[count]:.0f} ms in the script, {shown[count]:.0f} ms to the table, list {listed[count]:.0f} ms"
            )
    few, many = _COUNTS[1], _COUNTS[-1]
    a_run = {count: (script[count] - script[_COUNTS[0]]) / (count - _COUNTS[0]) for count in (_SHOWN, many)}
    others = ", ".join(f"{count:,}: {shown[count]:.0f} ms" for count in _COUNTS if count != _SHOWN)
    return [
        Row(
            f"{what}, from the click to the table",
            f"{shown[_SHOWN]:.0f} ms, of which {script[_SHOWN]:.0f} ms in the script",
            f"{others}; reloaded {loaded[_SHOWN]:.0f} ms, and with {_COUNTS[0]} runs {loaded[_COUNTS[0]]:.0f} ms",
            target=f"< {_TARGET_MS:,} ms",
            met=shown[_SHOWN] < _TARGET_MS,
        ),
        Row(
            "What a run more costs there",
            f"{1000 * a_run[_SHOWN]:.0f} µs up to {_SHOWN:,} runs",
            f"{1000 * a_run[many]:.0f} µs up to {many:,}",
            f"{a_run[many] / a_run[_SHOWN]:.2f} ×",
            "flat (≤ 1.3 ×)",
            a_run[many] <= 1.3 * a_run[_SHOWN],
        ),
        Row(
            f"`list --json` of {_SHOWN:,} runs",
            f"{listed[_SHOWN]:.0f} ms",
            f"{few} runs: {listed[few]:.0f} ms",
        ),
    ]


def make_runs(root: Path, count: int) -> None:
    """Copies of a real finished run, with other names and every status, until there are `count`."""
    original = get_shipped_run()
    assert original, "the shipped run is what is copied"
    status = json.loads(original.status_file.read_bytes())
    for number, word in zip(range(count), cycle(_STATUSES), strict=False):
        run = RunFolder(root / f"copied-{number:04}")
        if run.path.exists():
            continue
        run.path.mkdir(parents=True)
        for name in _COPIED:
            shutil.copyfile(original.path / name, run.path / name)
        run.status_file.write_text(json.dumps({**status, "status": word}))


def _visits(screen: Screen) -> tuple[float, float, float]:
    """Milliseconds over visits to a server that has already read the runs: minimum of the script, median from loading the page to
    the table, median from a click to the table."""
    with new_page(screen.browser) as page:
        page.add_init_script(_WATCH)
        _visit(page, screen)
        visits = [_visit(page, screen) for _ in range(_ROUNDS)]
    script, loaded, shown = zip(*visits, strict=True)
    return min(script), statistics.median(loaded), statistics.median(shown)


def _visit(page: Page, screen: Screen) -> tuple[float, float, float]:
    page.goto(f"{screen.app.url}/runs")
    page.wait_for_function("() => window.tableAt")
    loaded: float = page.evaluate("window.tableAt")
    wait_for_app(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Draw", exact=True).click()
    page.locator(".st-key-runs_table").wait_for(state="detached")
    wait_for_app(page)
    before = len(read_costs(screen.costs))
    began = page.evaluate("window.tableAt = undefined, performance.now()")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Runs", exact=True).click()
    page.wait_for_function("() => window.tableAt")
    shown: float = page.evaluate("window.tableAt") - began
    wait_for_app(page)
    return max(line["run_ms"] for line in read_costs(screen.costs)[before:]), loaded, shown


def _listing(root: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "nn_core", "list", "--json"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NN_LAB_RUNS": str(root)}, check=True, capture_output=True)
    return 1000 * (time.perf_counter() - began)
