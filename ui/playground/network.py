"""The network on the Playground: what it computes now, before the first step too, and how the user changes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

import streamlit as st

from nn_core.config import RunConfig
from nn_core.data import find_configured_dataset
from nn_core.i18n import _
from nn_core.models.plane_mlp import Feature, PlaneMLPSettings
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunStatus
from ui.app import cache
from ui.app.actions import request_weight
from ui.app.errors import toast_errors
from ui.auth.permissions import can_change
from ui.components.network_view import Frame, read_design, read_weight_edit, show_network
from ui.playground.run import get_current_run
from ui.playground.shown import get_design, get_version, is_hidden, request_page, show_design

if TYPE_CHECKING:
    from nn_core.jobs.previews import Neurons

__all__ = ["show_network_view"]

_KEY = "network_view"


def show_network_view(config: RunConfig, run: RunFolder | None, status: RunStatus | None, *, is_possible: bool) -> None:
    """Show the network: that of the run, or before its first step with the weights that training starts from.

    Args:
        is_possible: whether the data allow a run.
    """
    spec = find_configured_dataset(config.data, get_data_folder()) if is_possible else None
    # The optimizer changes nothing before the first step.
    shown = config.model_copy(update={"optimizer": RunConfig().optimizer})
    first = _compute_first_neurons(shown) if is_possible else None
    frame = _read_frame(run) if run else None
    if first and not frame and not (status and status.step):
        frame = _make_frame(shown, first)
    locked = [name for name in ("features", "layers", "activation", "weights") if is_hidden(name)]
    if not can_change():
        locked.append("weights")
    show_network(
        get_design(),
        frame,
        outputs=(spec.classes or (_("value"),)) if spec else ("A", "B"),
        features=_make_feature_maps(shown) if is_possible else None,
        version=get_version(),
        locked=locked,
        obstacle=_explain_why_not(status),
        on_edit=_apply_design,
        on_set=_apply_weight,
        key=_KEY,
    )


def _explain_why_not(status: RunStatus | None) -> str:
    """Return why weights cannot be set now; nothing if they can."""
    if status and status.is_active:
        return ""
    if status and status.step:
        return _(
            "The run has ended, so these numbers cannot be set. Start, Step and Epoch begin a new one with new weights."
        )
    return _("Press Start or Step first; then you can set these numbers.")


def _read_frame(run: RunFolder) -> Frame | None:
    """The latest frame of a run; None before its first one. The browser parses it."""
    try:
        written = run.neurons_file.stat()
        return Frame(f"{run.name} {written.st_mtime_ns} {written.st_ino}", run.neurons_file.read_text("utf-8"))
    except OSError:
        return None


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={RunConfig: RunConfig.model_dump_json})
def _make_feature_maps(config: RunConfig) -> Frame:
    """The maps of all features, those that the network does not use too."""
    everything = config.model_copy(update={"model": PlaneMLPSettings(features=get_args(Feature), layers=())})
    neurons = _compute_first_neurons(everything)
    maps = neurons.layers[0].model_dump(include={"maps", "scales"})
    text = json.dumps({**maps, "size": neurons.size, "extent": neurons.extent})
    return Frame(f"features {hash(text)}", text)


def _make_frame(config: RunConfig, neurons: Neurons) -> Frame:
    return Frame(f"first {hash(config.model_dump_json())}", neurons.model_dump_json())


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={RunConfig: RunConfig.model_dump_json})
def _compute_first_neurons(config: RunConfig) -> Neurons:
    """What the network computes with the weights that training starts from."""
    import torch

    from nn_core.jobs.previews import Neurons
    from nn_core.training.state import TrainState

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        state = TrainState(config, cache.get_dataset(config.data), torch.device("cpu"))
        state.model.eval()
        return Neurons.make(state)


def _apply_design() -> None:
    design = read_design(_KEY, get_version())
    if design and design != get_design():
        show_design(design)
        request_page()


def _apply_weight() -> None:
    run, edit = get_current_run(), read_weight_edit(_KEY)
    with toast_errors():
        if run and edit and run.status().is_active:
            request_weight(run, edit.parameter, edit.index, edit.value)
