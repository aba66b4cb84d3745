"""The hidden layers of a small network, as columns of neurons with + and −."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from nn_core.i18n import _

__all__ = ["MOST_LAYERS", "MOST_NEURONS", "network_editor", "sensible"]

MOST_LAYERS = 6
MOST_NEURONS = 16
_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "nn_lab.network_editor",
    html='<div class="editor"></div>',
    css=(_HERE / "network_editor.css").read_text(encoding="utf-8"),
    js=(_HERE / "network_editor.js").read_text(encoding="utf-8"),
)


def network_editor(hidden: Sequence[int], *, key: str) -> tuple[int, ...]:
    """Draws the layers and gives those that the user has made of them.

    Args:
        hidden: the neurons of each layer at first.
        key: the element's key; while it is on the page, it keeps what was chosen.
    """
    text = {
        "layers": _("Hidden layers"),
        "addLayer": _("Add a layer"),
        "removeLayer": _("Remove the last layer"),
        "addNeuron": _("Add a neuron to layer {number}"),
        "removeNeuron": _("Remove a neuron from layer {number}"),
        "inputs": _("Inputs"),
        "none": _("No hidden layer: the network can only draw straight lines."),
    }
    data = {"hidden": list(hidden), "mostLayers": MOST_LAYERS, "mostNeurons": MOST_NEURONS, "text": text}
    chosen = _mount(key=key, data=data, default={"hidden": list(hidden)}, on_hidden_change=lambda: None)
    return sensible(chosen.hidden, hidden)


def sensible(layers: object, otherwise: Sequence[int]) -> tuple[int, ...]:
    """What came from a browser or an address, if it is a list of layers."""
    if not isinstance(layers, list | tuple) or len(layers) > MOST_LAYERS:
        return tuple(otherwise)
    if not all(isinstance(neurons, int) and 1 <= neurons <= MOST_NEURONS for neurons in layers):
        return tuple(otherwise)
    return tuple(layers)
