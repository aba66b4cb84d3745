"""The runs of the Playground.

They are ordinary runs, named `playground-…`. Pressing Start deletes the ended ones that this session started before, and all that
ended more than a day ago. A run that was renamed is never deleted.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.models.mlp import MLPSettings
from nn_core.models.plane_mlp import PlaneMLPSettings
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, find_run, list_runs
from nn_core.runs.store import suggest_run_names
from ui.app import cache
from ui.app.actions import delete_run, request_speed, send_request, start_run
from ui.app.errors import toast_errors
from ui.auth.permissions import check_allowed

__all__ = [
    "find_playground_run",
    "get_current_run",
    "has_other_settings",
    "leave_run",
    "show_run",
    "start_playground_run",
]

_PREFIX = "playground-"
_MAX_AGE = timedelta(days=1)
_OWN = "playground_own"
_RUN = "playground_run"


def show_run(name: str) -> None:
    """Show this run from now on, or none if the name is empty. The page writes the name into the URL."""
    st.session_state[_RUN] = name


def get_current_run() -> RunFolder | None:
    """The run that this session shows, if it still exists."""
    return find_playground_run(st.session_state.get(_RUN, ""))


def find_playground_run(name: str) -> RunFolder | None:
    """Find the run with this name, if it exists and belongs to the Playground."""
    with suppress(NNLabError):
        if name.startswith(_PREFIX):
            return find_run(get_runs_folder(), name, cache.get_file_cache())
    return None


def start_playground_run(
    config: RunConfig, speed: float | None = None, until: Literal["step", "epoch"] | None = None
) -> None:
    """Start a new run that replaces the last one.

    Args:
        speed: batches a second at most; None for no limit.
        until: pauses after the first batch or epoch.
    """
    with toast_errors():
        check_allowed()
        leave_run()
        _delete_old_runs()
        names = (f"{_PREFIX}{name}" for name in suggest_run_names(date.today()))
        name = next(name for name in names if not (get_runs_folder() / name).exists())
        run = start_run(config, name, preset="playground")
        st.session_state.setdefault(_OWN, []).append(run.name)
        show_run(run.name)
        if speed:
            request_speed(run, speed)
        if until:
            send_request(run, until)


def leave_run() -> None:
    """Show no run any more; stop the shown one if it is active and was started by this session."""
    run = get_current_run()
    if run and run.name in st.session_state.get(_OWN, []):
        with suppress(NNLabError):
            if run.status().is_active:
                send_request(run, "stop")
    show_run("")


def has_other_settings(run: RunFolder, config: RunConfig) -> bool:
    """Whether the run has other settings than `config`. The learning rate is ignored, and so is what the page does not show."""
    return _get_compared(run.config()) != _get_compared(config)


def _get_compared(config: RunConfig) -> tuple[object, ...]:
    model = config.model
    if isinstance(model, MLPSettings) and model.norm == "none" and not model.dropout:  # of a run of an earlier version
        layers = [{"neurons": neurons, "activation": model.activation} for neurons in model.hidden]
        model = PlaneMLPSettings.model_validate({"layers": layers}) if model.activation != "formula" else model
    return (
        config.data,
        model,
        config.optimizer.model_dump(exclude={"lr"}),
        config.training.model_dump(include={"batch_size", "seed", "l1", "l2"}),
    )


def _delete_old_runs() -> None:
    own: list[str] = st.session_state.get(_OWN, [])
    for run in list_runs(get_runs_folder(), cache.get_file_cache()):
        if not run.name.startswith(_PREFIX):
            continue
        with suppress(NNLabError):
            status = run.status()
            is_old = datetime.now(UTC) - datetime.fromisoformat(status.updated_at) > _MAX_AGE
            if not status.is_active and (is_old or run.name in own):
                delete_run(run)
