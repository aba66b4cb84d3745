"""Imports torch in the background once a first page is on the screen: it takes two seconds that nobody should wait for.

Afterwards a spare worker does the same, so that a run begins at once.
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
    """Once for each server."""
    thread = threading.Thread(target=_warm_up, args=[get_warm_workers()], name="warm-up", daemon=True)
    thread.start()
    return thread


def is_warm() -> bool:
    """Whether what needs torch can be used without a wait."""
    return "nn_core.inference" in sys.modules and not start_preload().is_alive()


@st.cache_resource(show_spinner=False)
def get_warm_workers() -> WarmWorkers:
    """What `launch` takes a process from that is ready to train. One keeper for each server."""
    return WarmWorkers()


def _warm_up(spares: WarmWorkers) -> None:
    for module in ("torch", "nn_core.devices", "nn_core.inference", "pandas", "plotly.graph_objects"):
        importlib.import_module(module)
    importlib.import_module("torch").set_num_threads(1)  # one picture needs no more, and a training run wants the cores
    if has_warm_worker():
        spares.keep()
