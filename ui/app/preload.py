"""Imports packages before they are needed; torch alone takes two seconds.

- When the server starts: what every page needs.
- While the browser loads JavaScript, when the server would be idle: what its page needs at once (`PageEntry.imports`). Only complete
  packages, by their top-level module: another thread that imports a submodule then waits for the package instead of getting an
  unfinished module.
- After the first page is shown: torch and what else the pages need later. Then a warm worker is started, a process that does the same,
  so that a run starts at once.
"""

import importlib
import logging
import sys
import threading
from functools import cache

import streamlit as st

from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.paths import has_warm_worker
from ui.app.sitemap import SITEMAP

__all__ = ["get_warm_workers", "import_at_start", "import_for_page", "is_warm", "start_preload"]

_OF_EVERY_PAGE = ("numpy", "PIL.Image", "nn_core.config", "nn_core.data", "nn_core.runs")


def import_at_start() -> None:
    """Import what every page needs. Takes 0.25 s once, before the server answers requests."""
    for module in _OF_EVERY_PAGE:
        importlib.import_module(module)


def import_for_page(page: str) -> None:
    """Begin to import, in the background, what this page needs; once for each package."""
    if entry := SITEMAP.get(page):
        for package in entry.imports:
            _start_import(package)


@cache
def _start_import(package: str) -> None:
    threading.Thread(target=_import, args=[package], name=f"import-{package}", daemon=True).start()


def _import(package: str) -> None:
    try:
        importlib.import_module(package)
    except Exception:  # the page that needs it reports it
        logging.getLogger("nn_lab").exception("'%s' could not be imported early.", package)


@st.cache_resource(show_spinner=False)
def start_preload() -> threading.Thread:
    """Start the background import, once per server."""
    thread = threading.Thread(target=_warm_up, args=[get_warm_workers()], name="warm-up", daemon=True)
    thread.start()
    return thread


def is_warm() -> bool:
    """Whether torch and `nn_core.inference` have been imported."""
    return "nn_core.inference" in sys.modules and not start_preload().is_alive()


@st.cache_resource(show_spinner=False)
def get_warm_workers() -> WarmWorkers:
    """The pool from which `launch_run` takes a process that is ready to train, one per server."""
    return WarmWorkers()


def _warm_up(warm_workers: WarmWorkers) -> None:
    for module in ("torch", "nn_core.devices", "nn_core.inference", "pandas", "plotly.graph_objects"):
        importlib.import_module(module)
    importlib.import_module("torch").set_num_threads(1)  # enough for one image; training needs the other cores
    if has_warm_worker():
        warm_workers.keep()
