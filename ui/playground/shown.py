"""The settings that the Playground shows. They are kept in the session, written into the URL, and made into a run's configuration."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import streamlit as st

from nn_core.config import RunConfig, update_config
from nn_core.config.data_defaults import fit_loss
from nn_core.data import DATASETS, find_configured_dataset
from nn_core.data.drawn_points import check_enough_points
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app.url_values import has_any, is_history_navigation, read_url, reject, write_url
from ui.components.network_view import Design
from ui.forms.setting_widget import Values
from ui.playground.run import find_playground_run, get_current_run, has_other_settings, show_run
from ui.playground.url_parameters import list_url_values
from ui.train.run_controls import change_learning_rate

__all__ = [
    "MIXED",
    "apply_learning_rate",
    "find_obstacle",
    "get_design",
    "get_shown",
    "get_speed",
    "get_version",
    "is_hidden",
    "is_widget_shown",
    "make_shown_config",
    "request_page",
    "reset_components",
    "restore_from_url",
    "show_design",
    "take_page_request",
    "update_url",
]

MIXED = "mixed"
"""The activation that the widget for all layers shows if they have different ones."""

_TRAINING = {"epochs": 1000, "device": "cpu"}
_SHOWN = "playground_shown"  # the shown values of all URL parameters
_RESTORE_COUNT = "playground_restored"  # how often they were restored from the URL; a new number resets the components
_WIDGETS = "playground_widgets"  # the keys of the widgets that the page showed last
_DATA_WIDGETS = ("noise", "points", "examples", "held_out", "function")
_TRAINING_WIDGETS = ("activation", "optimizer", "rate", "batch", "l1", "l2", "seed")
_CHANGED = "playground_changed"
_RUN = "run"


def get_shown() -> Values:
    """The shown value of each parameter of the URL."""
    shown: Values = st.session_state[_SHOWN]
    return shown


def get_speed() -> int:
    """Batches a second at most; 0 for as many as possible."""
    speed = get_shown()["speed"]
    assert isinstance(speed, int)
    return speed


def get_version() -> int:
    """A number that changes when the components must show the settings of the session instead of their own."""
    version: int = st.session_state[_RESTORE_COUNT]
    return version


def is_hidden(control: str) -> bool:
    """Whether the link hides this control; see `url_parameters.CONTROLS`."""
    hidden = get_shown()["hide"]
    return isinstance(hidden, Collection) and control in hidden


def reset_components() -> None:
    """Make the components show the settings of the session instead of their own."""
    st.session_state[_RESTORE_COUNT] += 1


def request_page() -> None:
    """Make the live part rerun the whole page, because a component in it has changed a setting."""
    st.session_state[_CHANGED] = True


def take_page_request() -> bool:
    """Whether the whole page must be rerun."""
    return bool(st.session_state.pop(_CHANGED, False))


def is_widget_shown(key: str) -> bool:
    """Whether the page shows the widget of this parameter, whose key is the same. Call it just before: the widgets shown are noted."""
    if is_hidden(key):
        return False
    st.session_state[_WIDGETS].append(key)
    return True


def restore_from_url() -> None:
    """Set every widget to the value in the URL when the page is opened or Back or Forward was pressed.

    Otherwise the widgets decide, because the browser sends the old URL until it has received the last change. A URL without
    parameters, like the link in the sidebar, shows what this session showed last.
    """
    values, is_back = list_url_values(), is_history_navigation()
    kept: list[str] | None = st.session_state.get(_WIDGETS)
    st.session_state[_WIDGETS] = []
    if kept is not None and not is_back and all(key in st.session_state for key in kept):
        return
    before: Values = st.session_state.get(_SHOWN, {})
    is_same_session = bool(before) and not is_back and not has_any(values)
    shown = dict(before) if is_same_session else _check_activations(read_url(values))
    st.session_state[_SHOWN] = shown
    st.session_state[_RESTORE_COUNT] = st.session_state.get(_RESTORE_COUNT, 0) + 1
    for key in (*_DATA_WIDGETS, *_TRAINING_WIDGETS):
        st.session_state[key] = shown[key]
    _show_activation()
    show_run(str(shown[_RUN]) if is_same_session else _find_run_in_url(str(shown[_RUN])))
    if is_back and shown[_RUN] and before.get(_RUN) == shown[_RUN] and before["rate"] != shown["rate"]:
        apply_learning_rate()


def _check_activations(shown: Values) -> Values:
    """Reject a list of activations of another length than the list of layers."""
    activations, hidden = _get_names(shown, "activation"), _get_names(shown, "hidden")
    if len(activations) in (1, len(hidden)):
        return shown
    reason = _("there are {count} hidden layers, and it must name one activation for all or one for each").format(
        count=len(hidden)
    )
    reject("activation", "-".join(activations), reason)
    return shown | {"activation": ("tanh",)}


def get_design() -> Design:
    """The shown network."""
    shown = get_shown()
    features, activations, hidden = _get_names(shown, "features"), _get_names(shown, "activation"), shown["hidden"]
    assert isinstance(hidden, tuple)
    return Design(features, hidden, activations if len(activations) == len(hidden) else activations[:1] * len(hidden))


def show_design(design: Design) -> None:
    """Show this network from now on; call it before the widgets are shown."""
    shown = get_shown()
    names = design.activations or _get_names(shown, "activation")[:1]
    shown.update(
        features=design.features, hidden=design.hidden, activation=names[:1] if len(set(names)) == 1 else names
    )
    _show_activation()


def _show_activation() -> None:
    activations = _get_names(get_shown(), "activation")
    st.session_state["activation"] = activations[0] if len(activations) == 1 else MIXED


def _get_names(shown: Values, name: str) -> tuple[str, ...]:
    names = shown[name]
    assert isinstance(names, tuple)
    return names


def make_shown_config() -> RunConfig:
    """Make the configuration that the widgets show."""
    shown, design = get_shown(), get_design()
    plane = {name: shown[name] for name in DATASETS[str(shown["set"])].plane_settings}
    layers = [
        {"neurons": neurons, "activation": activation}
        for neurons, activation in zip(design.hidden, design.activations, strict=True)
    ]
    values = {
        "data": {
            "name": shown["set"],
            "validation_share": shown["held_out"],
            "train_examples": shown["examples"],
            "plane": plane,
        },
        "model": {"name": "plane_mlp", "features": design.features, "layers": layers},
        "optimizer": {"name": shown["optimizer"], "lr": shown["rate"]},
        "training": {
            **_TRAINING,
            "batch_size": shown["batch"],
            "seed": shown["seed"],
            "l1": shown["l1"],
            "l2": shown["l2"],
        },
    }
    config = update_config(RunConfig(), values)
    if not find_obstacle(config):
        config = fit_loss(config, find_configured_dataset(config.data, get_data_folder()))
    return config


def find_obstacle(config: RunConfig) -> str:
    """Why no network can learn from the data, as a sentence; empty if it can."""
    if config.data.name != "drawn":
        return ""
    try:
        check_enough_points(config.data.plane.drawn)
    except NNLabError as error:
        return str(error)
    return ""


def update_url() -> None:
    """Write the shown values into the URL. Call this after all widgets are shown."""
    shown = get_shown()
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


def apply_learning_rate() -> None:
    """Give the shown learning rate to the run, if it is active."""
    run = get_current_run()
    if run and run.status().is_active:
        change_learning_rate(run, st.session_state["rate"])
