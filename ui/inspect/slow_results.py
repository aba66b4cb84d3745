"""Results that take seconds: computed once for all sessions, one at a time, with a progress bar."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from ui.app.cache import get_explain_lock

__all__ = ["ResultStore", "compute_with_progress"]

Result = TypeVar("Result")
Report = Callable[..., None]
"""Is called with the fraction that is done, and if it changes with the text above the bar."""


class ResultStore:
    """The latest results of all sessions of this server, by kind."""

    def __init__(self) -> None:
        self._results: dict[str, OrderedDict[Hashable, object]] = {}
        self._lock = threading.Lock()

    def find(self, kind: str, key: Hashable) -> object | None:
        """Return the result with this key; None if there is none."""
        with self._lock:
            results = self._results.get(kind, OrderedDict())
            if key in results:
                results.move_to_end(key)
            return results.get(key)

    def add(self, kind: str, key: Hashable, result: object, keep: int) -> None:
        """Keep a result, and forget those of its kind that were not used for longest."""
        with self._lock:
            results = self._results.setdefault(kind, OrderedDict())
            results[key] = result
            while len(results) > keep:
                results.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _get_store() -> ResultStore:
    return ResultStore()


def compute_with_progress(
    key: Hashable, result_type: type[Result], compute: Callable[[Report], Result], *, text: str, keep: int = 32
) -> Result:
    """Return a result from the store, or compute it while a bar shows the progress.

    The computation lets go of Python's global lock inside torch and openTSNE, so that other sessions' pages stay responsive.

    Args:
        key: of the result; equal keys and types mean equal results.
        result_type: the type of the result.
        compute: computes it and reports the progress.
        text: above the bar.
        keep: how many results of this type are kept for later.
    """
    kind = result_type.__qualname__
    found = _get_store().find(kind, key)
    if isinstance(found, result_type):
        return found
    bar = st.progress(0.0, text=text)
    try:
        with get_explain_lock():
            found = _get_store().find(kind, key)  # another session may have computed it in the meantime
            result = found if isinstance(found, result_type) else compute(lambda done, now=text: _show(bar, done, now))
    finally:
        bar.empty()
    _get_store().add(kind, key, result, keep)
    return result


def _show(bar: st.delta_generator.DeltaGenerator, done: float, text: str) -> None:
    bar.progress(min(1.0, done), text=text)
