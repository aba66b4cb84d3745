"""Runs on a page: which one it is about, and how its status looks."""

import streamlit as st

from nn_core.errors import RunNotFound
from nn_core.i18n import _
from nn_core.places import runs_folder
from nn_core.runs import RunFolder, RunStatus, find_run, list_runs, shipped_run
from ui.text import plain

__all__ = ["all_runs", "run_in_address", "run_picker", "show_badge", "status_word"]

_LOOKS = {
    "queued": ("gray", ":material/hourglass_top:"),
    "running": ("blue", ":material/play_circle:"),
    "paused": ("orange", ":material/pause_circle:"),
    "finished": ("green", ":material/check_circle:"),
    "stopped": ("gray", ":material/stop_circle:"),
    "failed": ("red", ":material/error:"),
    "interrupted": ("orange", ":material/warning:"),
    "damaged": ("red", ":material/broken_image:"),
}


def all_runs() -> list[RunFolder]:
    """The user's runs, the newest first, and the shipped one."""
    runs = list_runs(runs_folder())
    shipped = shipped_run()
    return runs if shipped is None or shipped.path in [run.path for run in runs] else [*runs, shipped]


def run_in_address() -> RunFolder | None:
    """The run that `?run=…` names; None without one. Raises RunNotFound."""
    name = st.query_params.get("run")
    return find_run(runs_folder(), name) if name else None


def run_picker(label: str, runs: list[RunFolder], *, default: RunFolder | None = None) -> RunFolder:
    """A select box over `runs`; what is picked goes into the address, so that F5 and a shared link find it."""
    names = [run.name for run in runs]
    try:
        chosen = run_in_address()
    except RunNotFound as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        chosen = None
    if chosen is None or chosen.name not in names:
        chosen = default or runs[0]
    st.session_state["run_picker"] = chosen.name

    def remember() -> None:
        st.query_params["run"] = st.session_state["run_picker"]

    name = st.selectbox(label, names, key="run_picker", on_change=remember)
    return runs[names.index(name)]


def status_word(status: str) -> str:
    words = {
        "queued": _("queued"),
        "running": _("running"),
        "paused": _("paused"),
        "finished": _("finished"),
        "stopped": _("stopped"),
        "failed": _("failed"),
        "interrupted": _("interrupted"),
        "damaged": _("damaged"),
    }
    return words[status]


def show_badge(status: RunStatus) -> None:
    color, icon = _LOOKS[status.status]
    st.badge(status_word(status.status), color=color, icon=icon)  # type: ignore[arg-type]
