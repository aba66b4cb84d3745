"""The playground: points in the plane, a small network, and a run that starts when a button is pressed.

A run of the playground is a run like any other, named `playground-…`. Pressing Start again deletes the ones that this visit
made before, and those of anybody that ended more than a day ago; one that was given another name is kept for good.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, find_run, list_runs
from nn_core.runs.store import suggest_run_names
from ui.app import cache
from ui.app.actions import delete_run, send_request
from ui.app.text import escape_markdown
from ui.auth.permissions import check_allowed
from ui.train.start_run import start_run

__all__ = ["find_playground_run", "get_current_run", "has_other_settings", "leave", "show_run", "start"]

_PREFIX = "playground-"
_KEPT = timedelta(days=1)
_OWN = "playground_own"
_RUN = "playground_run"


def show_run(name: str) -> None:
    """Show this run from now on, or none if the name is empty; the page writes it into the URL."""
    st.session_state[_RUN] = name


def get_current_run() -> RunFolder | None:
    """The playground's run that this session shows, if it is still there."""
    return find_playground_run(st.session_state.get(_RUN, ""))


def find_playground_run(name: str) -> RunFolder | None:
    """The run with this name, if it exists and is one of the playground's."""
    with suppress(NNLabError):
        if name.startswith(_PREFIX):
            return find_run(get_runs_folder(), name, cache.get_file_cache())
    return None


def start(config: RunConfig) -> None:
    """Begin a new run, which takes the place of the last one."""
    try:
        check_allowed()
        leave()
        _sweep()
        name = next(
            name for name in suggest_run_names(date.today()) if not (get_runs_folder() / f"{_PREFIX}{name}").exists()
        )
        run = start_run(config, f"{_PREFIX}{name}")
    except NNLabError as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
        return
    st.session_state.setdefault(_OWN, []).append(run.name)
    show_run(run.name)


def leave() -> None:
    """Show no run any more; one that still trains is asked to stop, if it is this visit's."""
    run = get_current_run()
    if run and run.name in st.session_state.get(_OWN, []):
        with suppress(NNLabError):
            if run.status().is_active:
                send_request(run, "stop")
    show_run("")


def has_other_settings(run: RunFolder, config: RunConfig) -> bool:
    """Whether the run is of another set-up than `config`; its learning rate may be another one, for that can be turned."""
    return _essence(run.config()) != _essence(config)


def _essence(config: RunConfig) -> dict[str, Any]:
    values = config.model_dump()
    del values["optimizer"]["lr"], values["training"]
    return values


def _sweep() -> None:
    own: list[str] = st.session_state.get(_OWN, [])
    for run in list_runs(get_runs_folder(), cache.get_file_cache()):
        if not run.name.startswith(_PREFIX):
            continue
        with suppress(NNLabError):
            status = run.status()
            old = datetime.now(UTC) - datetime.fromisoformat(status.updated_at) > _KEPT
            if not status.is_active and (old or run.name in own):
                delete_run(run)
