"""What all measurements share: a folder, the data, a browser, the app, and child processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from browsing import launched_browser
from playwright.sync_api import Browser, Error
from processes import ROOT
from serving import AppServer, serve_app

from bench.table import log
from nn_core.data import DATASETS
from nn_core.paths import get_data_folder
from scripts.install_browser import find_browser

__all__ = [
    "Bench",
    "Screen",
    "TimedLoop",
    "costs_file",
    "open_bench",
    "open_loop",
    "read_costs",
    "start_child",
    "timed_app",
]

_DATA_FOLDERS = (get_data_folder(), ROOT.parent / "shared" / "data")
_LAUNCHER = "bench.timed_streamlit"

TimedLoop = Callable[[float], float]
"""Trains for that many seconds, and returns the samples per second."""


@dataclass(frozen=True)
class Screen:
    """A browser, and a server with the app. costs: see `bench.timed_streamlit`."""

    browser: Browser
    app: AppServer
    costs: Path


@dataclass(frozen=True)
class Bench:
    """runs_root: shared by the app and the other processes. screen: None without a browser; `no_screen` says why."""

    folder: Path
    runs_root: Path
    data_name: str
    data_root: Path
    screen: Screen | None
    no_screen: str = ""


@contextmanager
def open_bench(folder: Path) -> Iterator[Bench]:
    found = [root for root in _DATA_FOLDERS if DATASETS["mnist"].is_present(root)]
    data_name, data_root = ("mnist", found[0]) if found else ("mnist_sample", folder / "data")
    if not found:
        log("The complete MNIST was not found (set NN_LAB_DATA to its folder). mnist_sample is used instead.")
    os.environ["NN_LAB_DATA"] = str(data_root)  # for all child processes
    runs_root = folder / "runs"
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(launched_browser()) if find_browser() else None
            reason = "no Chrome or Chromium here"
        except Error as error:
            browser, reason = None, f"the browser does not start: {error.message.splitlines()[0]}"
        if browser is None:
            yield Bench(folder, runs_root, data_name, data_root, None, reason)
            return
        app = stack.enter_context(timed_app(folder))
        yield Bench(folder, runs_root, data_name, data_root, Screen(browser, app, costs_file(folder)))


@contextmanager
def timed_app(folder: Path, **environment: str) -> Iterator[AppServer]:
    """The real app on a fresh server that records the cost of each script run."""
    folder.mkdir(exist_ok=True)
    chosen = {"NN_LAB_BENCH_COSTS": str(costs_file(folder)), **environment}
    with serve_app(folder, environment=chosen, launcher=_LAUNCHER, spare_worker=True) as app:
        yield app


def costs_file(folder: Path) -> Path:
    return folder / "costs.jsonl"


def read_costs(costs: Path) -> list[dict[str, float]]:
    """The cost of each script run so far; see `bench.timed_streamlit`."""
    text = costs.read_text() if costs.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


@contextmanager
def start_child(module: str, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m module …` with pipes for stdin and stdout, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def open_loop(module: str, *arguments: object, **environment: str) -> Iterator[TimedLoop]:
    """`python -m module …`: a loop that trains when it is asked to."""
    with start_child(module, *arguments, **environment) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def train(seconds: float) -> float:
            print(seconds, file=stdin, flush=True)
            return float(stdout.readline())

        yield train
