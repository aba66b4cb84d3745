"""The settings of the Playground: data, network and training. The URL contains all of them, so that they can be shared."""

from __future__ import annotations

from contextlib import suppress
from typing import get_args

import streamlit as st

from nn_core.config import RunConfig, update_config
from nn_core.config.optimizers import OPTIMIZER_SETTINGS
from nn_core.data import DATASETS, DataSettings
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models.activations import Activation
from nn_core.models.mlp import MLPSettings
from nn_core.settings import get_title
from ui.app.url_values import (
    UrlValue,
    has_any,
    is_history_navigation,
    make_choice_value,
    make_number_value,
    read_url,
    reject,
    write_url,
)
from ui.components.network_editor import MOST_LAYERS, MOST_NEURONS, are_layers, edit_network
from ui.components.plane_choice import PLANAR, choose_plane
from ui.forms.setting_widget import Values
from ui.playground.run import find_playground_run, get_current_run, has_other_settings, show_run
from ui.train.run_controls import change_learning_rate

__all__ = [
    "list_url_values",
    "make_shown_config",
    "restore_from_url",
    "show_data_form",
    "show_network_form",
    "update_url",
]

_HIDDEN = (8, 8)
_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
_NOISES = [step / 20 for step in range(11)]
_POINTS = range(100, 2001, 100)
_EXAMPLES = (10, 20, 50, 100, 200, 500, 0)
"""How many points it trains on; 0 for all."""
_ACTIVATIONS = [name for name in get_args(Activation) if name != "formula"]
_TRAINING = {"epochs": 1000, "batch_size": 32, "device": "cpu"}
_VALIDATION_SHARE = 0.25
_SHOWN = "playground_shown"  # the shown values of all URL parameters
_RESTORE_COUNT = "playground_restored"  # how often they were restored from the URL; a new number resets the components
_RUN = "run"
_WIDGETS = ("noise", "points", "examples", "activation", "optimizer", "rate")


def list_url_values() -> list[UrlValue[object]]:
    """The parameters of the page's URL."""
    return [
        make_choice_value("set", PLANAR, PLANAR[0]),
        make_number_value("noise", _NOISES, 0.1, _("a number from 0 to 0.5 in steps of 0.05")),
        make_number_value("points", _POINTS, 600, _("a whole number from 100 to 2000 in steps of 100")),
        make_number_value("examples", _EXAMPLES, 0),
        UrlValue(
            "hidden",
            _HIDDEN,
            _parse_layers,
            _format_layers,
            _(
                "the neurons of up to {layers} layers, 1 to {neurons} each, such as 8-4, or 0 for no hidden layer"
            ).format(layers=MOST_LAYERS, neurons=MOST_NEURONS),
        ),
        make_choice_value("activation", _ACTIVATIONS, "tanh"),
        make_choice_value("optimizer", list(OPTIMIZER_SETTINGS), "adam"),
        make_number_value("rate", _RATES, 0.003),
        UrlValue(_RUN, "", str, str, ""),
    ]


def restore_from_url() -> None:
    """Set every widget to the value in the URL when the page is opened or Back or Forward was pressed.

    Otherwise the widgets decide, because the browser sends the old URL until it has received the last change. A URL without
    parameters, like the link in the sidebar, shows what this session showed last.
    """
    values, is_back = list_url_values(), is_history_navigation()
    if not is_back and all(key in st.session_state for key in _WIDGETS):
        return
    before: Values = st.session_state.get(_SHOWN, {})
    is_same_session = bool(before) and not is_back and not has_any(values)
    shown = dict(before) if is_same_session else read_url(values)
    st.session_state[_SHOWN] = shown
    st.session_state[_RESTORE_COUNT] = st.session_state.get(_RESTORE_COUNT, 0) + 1
    for key in _WIDGETS:
        st.session_state[key] = shown[key]
    show_run(str(shown[_RUN]) if is_same_session else _find_run_in_url(str(shown[_RUN])))
    if is_back and shown[_RUN] and before.get(_RUN) == shown[_RUN] and before["rate"] != shown["rate"]:
        _apply_learning_rate()


def show_data_form() -> None:
    """Show the widgets for the data."""
    shown = st.session_state[_SHOWN]
    shown["set"] = choose_plane(shown["set"], version=st.session_state[_RESTORE_COUNT], key="plane_choice")
    st.caption(_(DATASETS[shown["set"]].about))
    noise = st.slider(_("Noise"), _NOISES[0], _NOISES[-1], step=_NOISES[1], key="noise")
    shown["noise"] = min(_NOISES, key=lambda option: abs(option - noise))  # removes the rounding error of the slider
    shown["points"] = st.slider(_("Points"), _POINTS[0], _POINTS[-1], step=_POINTS.step, key="points")
    shown["examples"] = st.select_slider(
        _("Training examples"),
        _EXAMPLES,
        format_func=lambda count: f"{count:,}" if count else _("All"),
        key="examples",
        help=_(DataSettings.model_fields["train_examples"].description or ""),
    )


def show_network_form() -> None:
    """Show the widgets for the network and its training."""
    shown = st.session_state[_SHOWN]
    shown["hidden"] = edit_network(shown["hidden"], version=st.session_state[_RESTORE_COUNT], key="network_editor")
    shown["activation"] = st.selectbox(
        _("Activation"),
        _ACTIVATIONS,
        key="activation",
        help=_(MLPSettings.model_fields["activation"].description or ""),
    )
    shown["optimizer"] = st.selectbox(
        _("Optimizer"),
        list(OPTIMIZER_SETTINGS),
        format_func=lambda name: _(get_title(OPTIMIZER_SETTINGS[name])),
        key="optimizer",
        help="\n\n".join(f"**{_(get_title(kind))}**: {_(kind.__doc__ or '')}" for kind in OPTIMIZER_SETTINGS.values()),
    )
    shown["rate"] = st.select_slider(
        _("Learning rate"),
        _RATES,
        format_func=lambda rate: f"{rate:g}",
        key="rate",
        help=_("How large a step each correction is. You can change it during training."),
        on_change=_apply_learning_rate,
    )


def make_shown_config() -> RunConfig:
    """Make the configuration that the widgets show."""
    shown = st.session_state[_SHOWN]
    values = {
        "data": {
            "name": shown["set"],
            "validation_share": _VALIDATION_SHARE,
            "train_examples": shown["examples"],
            "plane": {"noise": shown["noise"], "points": shown["points"]},
        },
        "model": {"name": "mlp", "hidden": shown["hidden"], "activation": shown["activation"]},
        "optimizer": {"name": shown["optimizer"], "lr": shown["rate"]},
        "training": _TRAINING,
    }
    return update_config(RunConfig(), values)


def update_url() -> None:
    """Write the shown values into the URL. Call this after all widgets are shown."""
    shown = st.session_state[_SHOWN]
    run = get_current_run()
    shown[_RUN] = run.name if run else ""
    write_url(list_url_values(), shown)


def _find_run_in_url(name: str) -> str:
    """The name of the run in the URL, or "" if it cannot be shown with these settings; the page then says why."""
    if not name:
        return ""
    run = find_playground_run(name)
    if run is None:
        reason = _(
            "this run was deleted, because a newer one replaced it or it was more than a day old; press Start for a new one"
        )
        reject(_RUN, name, reason)
        return ""
    with suppress(NNLabError):  # a damaged run is shown as such; Reset removes it from the page
        if has_other_settings(run, make_shown_config()):
            reason = _(
                "this run was trained with other settings than those in the link; press Start to train with these"
            )
            reject(_RUN, name, reason)
            return ""
    return name


def _apply_learning_rate() -> None:
    run = get_current_run()
    if run and run.status().is_active:
        change_learning_rate(run, st.session_state["rate"])


def _parse_layers(text: str) -> tuple[int, ...]:
    """`8-4` is two layers of 8 and 4 neurons, `0` is none."""
    layers = () if text == "0" else tuple(map(int, text.split("-")))
    if not are_layers(layers):
        raise ValueError(text)
    return layers


def _format_layers(layers: object) -> str:
    assert isinstance(layers, tuple)
    return "-".join(map(str, layers)) or "0"
