"""The choice of a layer and of one of its units, which several cards have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_weights_version
from ui.app.url_values import (
    is_history_navigation,
    make_choice_value,
    read_value,
    restore_widget,
    show_rejected,
    write_url,
)
from ui.app.widgets import choose

if TYPE_CHECKING:
    from nn_core.inference import Layer, LayerKind, TrainedNetwork

__all__ = ["choose_in_url", "choose_layer", "choose_unit", "describe_layer", "get_layers"]

Option = TypeVar("Option", bound=str)


def get_layers(run: RunFolder, network: TrainedNetwork) -> tuple[Layer, ...]:
    """The layers of the run's network that can be looked at."""
    return _list_layers(str(run.path), get_weights_version(run), network)


@st.cache_data(show_spinner=False, max_entries=16)
def _list_layers(run: str, version: int, _network: TrainedNetwork) -> tuple[Layer, ...]:
    from nn_core.inference import list_layers

    return list_layers(_network)


def choose_layer(layers: tuple[Layer, ...], *, card: str, default: int) -> Layer:
    """Show a select box of layers. The choice is in the URL.

    Args:
        layers: at least one.
        card: the name of the card, which has a choice of its own.
        default: the index of the layer that is chosen at first; -1 is the last.
    """
    titles = {str(number): f"{number} · {describe_layer(layer)}" for number, layer in enumerate(layers, start=1)}
    number = _select("layer", _("Layer"), titles, list(titles)[default], key=f"layer_of_{card}")
    return layers[int(number) - 1]


def choose_unit(layer: Layer, classes: tuple[str, ...] | None, *, card: str) -> int:
    """Show a select box of the layer's units; return the chosen one, counted from 0.

    Args:
        layer: the layer.
        classes: the names of the units, if they are the network's outputs.
        card: as in `choose_layer`.
    """
    names = classes or [_("Neuron {number}").format(number=number) for number in range(1, layer.shape[0] + 1)]
    titles = {str(number): name for number, name in enumerate(names, start=1)}
    number = _select("unit", _("Class") if classes else _("Neuron"), titles, "1", key=f"unit_of_{card}_{layer.name}")
    return int(number) - 1


def choose_in_url(name: str, label: str, titles: Mapping[Option, str], *, key: str, help: str | None = None) -> Option:
    """Show the options in a row, as `choose` does. The choice is in the URL as the parameter `name`."""
    options = list(titles)
    value = make_choice_value(name, options, options[0])
    restore_widget(key, value)
    chosen = choose(label, titles, key=key, help=help)
    write_url((value,), {name: chosen})
    show_rejected(name)
    return chosen


def _select(name: str, label: str, titles: Mapping[str, str], default: str, *, key: str) -> str:
    rule = _("a number from 1 to {last}").format(last=len(titles))
    value = make_choice_value(name, list(titles), default, rule)
    if is_history_navigation() or st.session_state.get(key) not in titles:
        st.session_state[key] = read_value(value)
    chosen = st.selectbox(label, list(titles), format_func=lambda number: titles[number], key=key)
    write_url((value,), {name: chosen})
    show_rejected(name)
    return chosen


def describe_layer(layer: Layer) -> str:
    """'Convolution: 32 maps of 26 × 26'."""
    units, height, width = layer.shape
    kind = _get_kind_title(layer.kind)
    if height * width == 1:
        return _("{kind}: {units} units").format(kind=kind, units=units)
    return _("{kind}: {units} maps of {height} × {width}").format(kind=kind, units=units, height=height, width=width)


def _get_kind_title(kind: LayerKind) -> str:
    titles: dict[LayerKind, str] = {
        "convolution": _("Convolution"),
        "dense": _("Dense layer"),
        "residual": _("Residual sum"),
        "attention": _("Attention block"),
        "recurrent": _("Recurrent layer"),
        "letters": _("Letter convolution"),
    }
    return titles[kind]
