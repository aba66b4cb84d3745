"""What a playground is set up with: data, network and how it learns. All of it lives in the address, to be shared."""

from typing import get_args

import streamlit as st

from nn_core.config import RunConfig, changed
from nn_core.config.optimizers import OPTIMIZER_SETTINGS
from nn_core.data import DATASETS
from nn_core.i18n import _
from nn_core.models.activations import Activation
from nn_core.models.mlp import MLPSettings
from nn_core.settings import title_of
from ui.learning_rate import turn
from ui.network_editor import network_editor, sensible
from ui.plane_choice import PLANAR, plane_choice
from ui.playground import current_run

__all__ = ["config_of", "data_form", "network_form"]

_HIDDEN = (8, 8)
_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
_ACTIVATIONS = [name for name in get_args(Activation) if name != "formula"]
_TRAINING = {"epochs": 1000, "batch_size": 32, "device": "cpu"}
_VALIDATION_SHARE = 0.25


def data_form() -> dict[str, object]:
    """Widgets for the data; gives the settings that they stand for."""
    asked = st.query_params.get("set", "")
    first = st.session_state.get("plane_set") or (asked if asked in PLANAR else PLANAR[0])
    name = plane_choice(first, key="plane_choice")
    _remember("set", "plane_set", name, name if name != PLANAR[0] else "")
    st.caption(_(DATASETS[name].about))
    noise = st.slider(_("Noise"), 0.0, 0.5, 0.1, 0.05, key="noise", bind="query-params")
    points = st.slider(_("Points"), 100, 2000, 600, 100, key="points", bind="query-params")
    return {"name": name, "validation_share": _VALIDATION_SHARE, "plane": {"noise": noise, "points": points}}


def network_form() -> dict[str, dict[str, object]]:
    """Widgets for the network and how it learns; gives the settings that they stand for, by section."""
    hidden = network_editor(st.session_state.get("plane_hidden") or _hidden_in_address(), key="network_editor")
    _remember("hidden", "plane_hidden", hidden, "-".join(map(str, hidden)) if hidden != _HIDDEN else "")
    activation = st.selectbox(
        _("Activation"),
        _ACTIVATIONS,
        index=_ACTIVATIONS.index("tanh"),
        key="activation",
        help=_(MLPSettings.model_fields["activation"].description or ""),
        bind="query-params",
    )
    optimizer = st.selectbox(
        _("Optimizer"),
        list(OPTIMIZER_SETTINGS),
        index=list(OPTIMIZER_SETTINGS).index("adam"),
        format_func=lambda name: _(title_of(OPTIMIZER_SETTINGS[name])),
        key="optimizer",
        help="\n\n".join(f"**{_(title_of(kind))}**: {_(kind.__doc__ or '')}" for kind in OPTIMIZER_SETTINGS.values()),
        bind="query-params",
    )
    rate = st.select_slider(
        _("Learning rate"),
        _RATES,
        0.003,
        format_func=lambda rate: f"{rate:g}",
        key="rate",
        help=_("How big a step each correction is. You can turn it while the network learns."),
        on_change=_turn,
        bind="query-params",
    )
    return {
        "model": {"name": "mlp", "hidden": hidden, "activation": activation},
        "optimizer": {"name": optimizer, "lr": rate},
    }


def config_of(data: dict[str, object], network: dict[str, dict[str, object]]) -> RunConfig:
    return changed(RunConfig(), {"data": data, **network, "training": _TRAINING})


def _turn() -> None:
    run = current_run()
    if run and run.status().active:
        turn(run, st.session_state["rate"])


def _hidden_in_address() -> tuple[int, ...]:
    """`8-4` is two layers of 8 and 4 neurons, `0` is none."""
    asked = st.query_params.get("hidden", "")
    words = asked.split("-") if asked != "0" else []
    layers = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
    return sensible(layers, _HIDDEN) if asked and len(layers) == len(words) else _HIDDEN


def _remember(parameter: str, key: str, value: object, text: str) -> None:
    """What an own component holds survives a visit to another page in the session, and a reload in the address."""
    st.session_state[key] = value
    if text and st.query_params.get(parameter) != text:
        st.query_params[parameter] = text
    elif not text:
        st.query_params.pop(parameter, None)
