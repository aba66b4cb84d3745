"""The runs that pages list, their titles, the choice of one of them on a page, and the badge of its status."""

from contextlib import suppress
from typing import Literal

import streamlit as st

from nn_core.data import find_configured_dataset, find_dataset
from nn_core.errors import NNLabError, RunNotFound, suggest_one_of
from nn_core.i18n import N_, _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, RunStatus, find_run, list_runs, list_shipped_runs, make_titles
from nn_core.runs.label import isolate_direction
from nn_core.settings import get_title
from nn_core.task import Goal, Kind
from ui.app import cache, navigation
from ui.app.run_labels import get_run_labels
from ui.app.text import escape_markdown
from ui.app.url_values import fill_in, reject, show_rejected

__all__ = [
    "filter_runs",
    "find_chosen_run",
    "get_run_in_url",
    "get_run_title",
    "get_run_titles",
    "get_status_label",
    "list_all_runs",
    "pick_run",
    "show_status_badge",
]

_LAST_RUN = "run_shown_last"
_MAX_SUGGESTED = 5  # runs, if there is none of a name
_Color = Literal["gray", "blue", "orange", "green", "red"]
_BADGES: dict[str, tuple[str, _Color, str]] = {
    "queued": (N_("queued"), "gray", ":material/hourglass_top:"),
    "running": (N_("running"), "blue", ":material/play_circle:"),
    "paused": (N_("paused"), "orange", ":material/pause_circle:"),
    "finished": (N_("finished"), "green", ":material/check_circle:"),
    "stopped": (N_("stopped"), "gray", ":material/stop_circle:"),
    "failed": (N_("failed"), "red", ":material/error:"),
    "interrupted": (N_("interrupted"), "orange", ":material/warning:"),
    "damaged": (N_("damaged"), "red", ":material/broken_image:"),
    "newer": (N_("newer version"), "orange", ":material/update:"),
}
"""The label, colour and icon of each status."""


def list_all_runs() -> list[RunFolder]:
    """List the user's runs, newest first, then the shipped runs, except those of whose name the user has a run."""
    files = cache.get_file_cache()
    runs = [run for run in list_runs(get_runs_folder(), files) if not run.is_shipped]
    names = {run.name for run in runs}
    return [*runs, *(run for run in list_shipped_runs(files) if run.name not in names)]


def get_run_titles() -> dict[str, str]:
    """Return what pages call the runs, by the names of their folders. They are plain text; see `escape_title`."""
    return make_titles(list_all_runs())


def get_run_title(run: RunFolder) -> str:
    """Return what pages call this run."""
    titles = get_run_titles()
    return titles[run.name] if run.name in titles else make_titles([run])[run.name]


def filter_runs(*, kind: Kind | None = None, goal: Goal | None = None) -> list[RunFolder]:
    """List the runs that have weights and use data of this kind for this goal.

    Runs with a damaged config or a deleted data set are left out.
    """
    matching = []
    kinds: dict[str, Kind] = {}
    for run in list_all_runs():
        with suppress(NNLabError):
            config = run.config()
            if goal not in (None, get_run_labels(run).goal):
                continue
            name = config.data.name
            if name not in kinds:
                kinds[name] = find_dataset(name, get_data_folder()).kind
            if kind in (None, kinds[name]) and (run.best_weights.exists() or run.last_weights.exists()):
                matching.append(run)
    return matching


def get_run_in_url(*, instead: RunFolder | None = None) -> RunFolder | None:
    """Find the run in the URL's `?run=…`; None without the parameter and if there is no such run, which `show_rejected` then reports.

    Args:
        instead: what the page shows if there is no such run.
    """
    name = st.query_params.get("run")
    if name is None:
        return None
    try:
        return find_run(get_runs_folder(), name, cache.get_file_cache())
    except RunNotFound:
        names = [run.name for run in list_all_runs()][:_MAX_SUGGESTED]
        remedy = suggest_one_of(name, names) if names else _("There are none yet: train one first.")
        _reject_run(name, _("No run named '{name}'.").format(name=name[:200]) + " " + remedy, instead)
        return None


def _reject_run(name: str, reason: str, instead: RunFolder | None) -> None:
    if instead:
        reason = _("{reason}. Used instead: {used}; you can change it on this page").format(
            reason=reason.rstrip("."), used=get_run_title(instead)
        )
    reject("run", name, reason)


def find_chosen_run(runs: list[RunFolder], *, default: RunFolder | None = None) -> RunFolder:
    """Return the run that `pick_run` would show at first; the parameters are its own."""
    names = [run.name for run in runs]
    # The user keeps the same run from page to page.
    offered = [st.session_state.get(_LAST_RUN), default.name if default else None]
    instead = next((runs[names.index(name)] for name in offered if name in names), runs[0])
    chosen = get_run_in_url(instead=instead)
    if chosen and chosen.name in names:
        return chosen
    if chosen:
        _reject_run(chosen.name, _explain_rejection(chosen), instead)
    return instead


def pick_run(
    label: str, runs: list[RunFolder], *, default: RunFolder | None = None, has_caption: bool = False
) -> RunFolder:
    """Show a select box of `runs`; write the choice into the URL, so that a reload and a shared link show the same run. The
    browser's tab shows its title.

    Args:
        label: of the select box.
        runs: the choices.
        default: chosen if neither the URL nor another page has chosen one of `runs`.
        has_caption: whether the network and its data set are named below.
    """
    names, titles = [run.name for run in runs], get_run_titles()
    chosen = find_chosen_run(runs, default=default)
    st.session_state["run_picker"] = st.session_state[_LAST_RUN] = chosen.name
    fill_in("run", chosen.name)
    show_rejected("run")

    def remember() -> None:
        st.query_params["run"] = st.session_state["run_picker"]

    def show_title(name: str) -> str:
        return isolate_direction(titles.get(name, name))

    name = st.selectbox(label, names, key="run_picker", format_func=show_title, on_change=remember)
    navigation.show_run_in_tab(titles.get(name, name))
    run = runs[names.index(name)]
    if has_caption:
        with suppress(NNLabError):  # the page itself reports a damaged run
            st.caption(escape_markdown(_describe_run(run)))
    return run


def _describe_run(run: RunFolder) -> str:
    config = run.config()
    spec = find_configured_dataset(config.data, get_data_folder())
    return f"{_(get_title(type(config.model)))} · {_(spec.title)}"


def _explain_rejection(run: RunFolder) -> str:
    """Explain why an existing run is not among the choices of a page."""
    try:
        find_configured_dataset(run.config().data, get_data_folder())
    except NNLabError as error:
        return str(error)
    return _("Run '{run}' is of another kind or has no weights yet. Choose another run below.").format(run=run.name)


def get_status_label(status: str) -> str:
    return _(_BADGES[status][0])


def show_status_badge(status: RunStatus) -> None:
    label, color, icon = _BADGES[status.status]
    st.badge(_(label), color=color, icon=icon)
