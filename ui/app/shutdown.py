"""When the app ends while runs go on, the terminal says which, and how to stop them."""

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
    """Once for each server."""
    atexit.register(_say_what_goes_on)


def _say_what_goes_on() -> None:
    for run in list_runs(get_runs_folder()):
        try:
            active = run.status().is_active
        except NNLabError:
            continue
        if active:
            print(
                _("\nRun '{run}' goes on without the app. To stop it: {python} -m nn_core stop '{path}'").format(
                    run=run.name, python=_short(Path(sys.executable)), path=_short(run.path)
                ),
                file=sys.stderr,
                flush=True,
            )


def _short(path: Path) -> str:
    """Relative to the folder that the terminal stands in, where that is shorter."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
