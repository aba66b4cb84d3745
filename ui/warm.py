"""Imports torch in the background once a first page is on the screen: it takes two seconds that nobody should wait for."""

import importlib
import sys
import threading

import streamlit as st

__all__ = ["begin", "is_warm"]


@st.cache_resource(show_spinner=False)
def begin() -> threading.Thread:
    """Once for each server."""
    thread = threading.Thread(target=_import_engine, name="warm-up", daemon=True)
    thread.start()
    return thread


def is_warm() -> bool:
    """Whether what needs torch can be used without a wait."""
    return "nn_core.inference" in sys.modules and not begin().is_alive()


def _import_engine() -> None:
    for module in ("torch", "nn_core.devices", "nn_core.inference", "plotly.graph_objects"):
        importlib.import_module(module)
    importlib.import_module("torch").set_num_threads(1)  # one picture needs no more, and a training run wants the cores
