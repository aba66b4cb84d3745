"""Runs on a page: which one it is about, and how its status looks."""

from contextlib import suppress

import streamlit as st

from nn_core.data import find_dataset
from nn_core.errors import NNLabError, RunNotFound
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, RunStatus, find_run, get_shipped_run, list_runs
from nn_core.settings import get_title
from nn_core.task import Goal, Kind
from ui.app import cache
from ui.app.text import escape_markdown
from ui.app.url_values import fill_in, reject, show_rejected

__all__ = ["filter_runs", "get_run_in_url", "get_status_label", "list_all_runs", "pick_run", "show_badge"]

_LOOKED_AT = "run_looked_at"
_LOOKS = {
    "queued": ("gray", ":material/hourglass_top:"),
    "running": ("blue", ":material/play_circle:"),
    "paused": ("orange", ":material/pause_circle:"),
    "finished": ("green", ":material/check_circle:"),
    "stopped": ("gray", ":material/stop_circle:"),
    "failed": ("red", ":material/error:"),
    "interrupted": ("orange", ":material/warning:"),
    "damaged": ("red", ":material/broken_image:"),
    "newer": ("orange", ":material/update:"),
}


def list_all_runs() -> list[RunFolder]:
    """The user's runs, the newest first, and the shipped one, unless one of theirs has its name: `find_run` finds that one."""
    runs = list_runs(get_runs_folder(), cache.get_file_cache())
    shipped = get_shipped_run(cache.get_file_cache())
    return runs if shipped is None or shipped.name in {run.name for run in runs} else [*runs, shipped]


def filter_runs(*, kind: Kind | None = None, goal: Goal | None = None) -> list[RunFolder]:
    """Those of `list_all_runs` that have weights, learned data of that kind and pursue that goal. One whose config is damaged or
    whose data set is gone is left out."""
    found = []
    kinds: dict[str, Kind] = {}
    for run in list_all_runs():
        with suppress(NNLabError):
            config = run.config()
            if goal not in (None, MODELS[config.model.name].goal):
                continue
            name = config.data.name
            if name not in kinds:
                kinds[name] = find_dataset(name, get_data_folder()).kind
            if kind in (None, kinds[name]) and (run.best_weights.exists() or run.last_weights.exists()):
                found.append(run)
    return found


def get_run_in_url() -> RunFolder | None:
    """The run that `?run=…` names; None without the parameter, and where no run has that name, which `show_rejected` then
    reports."""
    name = st.query_params.get("run")
    if name is None:
        return None
    try:
        return find_run(get_runs_folder(), name, cache.get_file_cache())
    except RunNotFound as error:
        reject("run", name, str(error))
        return None


def pick_run(label: str, runs: list[RunFolder], *, default: RunFolder | None = None, about: bool = False) -> RunFolder:
    """A select box over `runs`; what is picked goes into the address, so that F5 and a shared link find it.

    about: say below which network it is and what it learned.
    """
    names = [run.name for run in runs]
    chosen = get_run_in_url()
    if chosen and chosen.name not in names:
        reject("run", chosen.name, _why_not(chosen))
        chosen = None
    chosen = chosen or _run_looked_at_last(runs) or (default if default and default.name in names else runs[0])
    st.session_state["run_picker"] = st.session_state[_LOOKED_AT] = chosen.name
    fill_in("run", chosen.name)  # so that a reload and a shared link show the same run
    show_rejected("run")

    def remember() -> None:
        st.query_params["run"] = st.session_state["run_picker"]

    name = st.selectbox(label, names, key="run_picker", on_change=remember)
    run = runs[names.index(name)]
    if about:
        with suppress(NNLabError):  # whoever uses the run says what ails it
            st.caption(escape_markdown(_about(run)))
    return run


def _run_looked_at_last(runs: list[RunFolder]) -> RunFolder | None:
    """The run that another page showed, so that a user who goes from page to page stays with one run."""
    name = st.session_state.get(_LOOKED_AT)
    return next((run for run in runs if run.name == name), None)


def _about(run: RunFolder) -> str:
    config = run.config()
    spec = find_dataset(config.data.name, get_data_folder())
    return f"{_(get_title(type(config.model)))} · {_(spec.title)}"


def _why_not(run: RunFolder) -> str:
    """Why a run that is there is not among those of a page."""
    try:
        find_dataset(run.config().data.name, get_data_folder())
    except NNLabError as error:
        return str(error)
    return _("Run '{run}' is of another kind, or has learned nothing yet. Choose one of those below.").format(
        run=run.name
    )


def get_status_label(status: str) -> str:
    words = {
        "queued": _("queued"),
        "running": _("running"),
        "paused": _("paused"),
        "finished": _("finished"),
        "stopped": _("stopped"),
        "failed": _("failed"),
        "interrupted": _("interrupted"),
        "damaged": _("damaged"),
        "newer": _("newer version"),
    }
    return words[status]


def show_badge(status: RunStatus) -> None:
    color, icon = _LOOKS[status.status]
    st.badge(get_status_label(status.status), color=color, icon=icon)  # type: ignore[arg-type]
