"""What all measurements share: a folder, the data, a browser, the app, and processes that end with them."""

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

from bench.table import say
from nn_core.data import DATASETS
from nn_core.paths import get_data_folder
from scripts.install_browser import find_browser

__all__ = ["Bench", "Screen", "Turn", "child", "costs_file", "lines_of", "stand", "timed_app", "turns_of"]

_DATA_FOLDERS = (get_data_folder(), ROOT.parent / "shared" / "data")
_LAUNCHER = "bench.timed_streamlit"

Turn = Callable[[float], float]
"""Trains for so many seconds, and returns the samples per second."""


@dataclass(frozen=True)
class Screen:
    """A browser, and the app on a server for it. costs: see `bench.timed_streamlit`."""

    browser: Browser
    app: AppServer
    costs: Path


@dataclass(frozen=True)
class Bench:
    """runs_root: shared by the app and what is started beside it. screen: None without a browser; `no_screen` says why."""

    folder: Path
    runs_root: Path
    data_name: str
    data_root: Path
    screen: Screen | None
    no_screen: str = ""


@contextmanager
def stand(folder: Path) -> Iterator[Bench]:
    found = [root for root in _DATA_FOLDERS if DATASETS["mnist"].is_present(root)]
    data_name, data_root = ("mnist", found[0]) if found else ("mnist_sample", folder / "data")
    if not found:
        say("The complete MNIST is not here (NN_LAB_DATA names its folder): mnist_sample takes its place.")
    os.environ["NN_LAB_DATA"] = str(data_root)  # for every process that is started from here
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
    """The real app on a fresh server, which writes down what each run of a script costs."""
    folder.mkdir(exist_ok=True)
    chosen = {"NN_LAB_BENCH_COSTS": str(costs_file(folder)), **environment}
    with serve_app(folder, environment=chosen, launcher=_LAUNCHER, spare_worker=True) as app:
        yield app


def costs_file(folder: Path) -> Path:
    return folder / "costs.jsonl"


def lines_of(costs: Path) -> list[dict[str, float]]:
    """What each run of a script cost so far; see `bench.timed_streamlit`."""
    text = costs.read_text() if costs.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


@contextmanager
def child(module: str, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m module …` with pipes to talk to it, killed in the end."""
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
def turns_of(module: str, *arguments: object, **environment: str) -> Iterator[Turn]:
    """`python -m module …`, a loop that trains whenever it is its turn."""
    with child(module, *arguments, **environment) as process:
        assert process.stdin
        assert process.stdout
        talk, answer = process.stdin, process.stdout

        def turn(seconds: float) -> float:
            print(seconds, file=talk, flush=True)
            return float(answer.readline())

        yield turn
