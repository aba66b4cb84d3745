"""Imports torch in the background after the first page is shown, because that takes two seconds.

Then it starts a warm worker, a process that does the same, so that a run starts at once.
"""

import importlib
import sys
import threading

import streamlit as st

from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.paths import has_warm_worker

__all__ = ["get_warm_workers", "is_warm", "start_preload"]


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
