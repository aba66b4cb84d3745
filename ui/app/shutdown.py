"""When the app ends while runs are training, the terminal says which ones continue and how to stop them."""

import atexit
import sys
from pathlib import Path

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import list_runs

__all__ = ["register_shutdown_notice"]


@st.cache_resource(show_spinner=False)
def register_shutdown_notice() -> None:
    """Register the notice, once per server."""
    atexit.register(_print_active_runs)


def _print_active_runs() -> None:
    for run in list_runs(get_runs_folder()):
        try:
            active = run.status().is_active
        except NNLabError:
            continue
        if active:
            print(
                _("\nRun '{run}' continues without the app. To stop it: {python} -m nn_core stop '{path}'").format(
                    run=run.name, python=_shorten(Path(sys.executable)), path=_shorten(run.path)
                ),
                file=sys.stderr,
                flush=True,
            )


def _shorten(path: Path) -> str:
    """The path relative to the working directory if it is inside it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
