"""An editor for the hidden layers of a small network: columns of neurons with + and − buttons."""

from collections.abc import Mapping, Sequence

from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["MOST_LAYERS", "MOST_NEURONS", "are_layers", "edit_network"]

MOST_LAYERS = 6
MOST_NEURONS = 16

_mount = declare_component("network_editor", html='<div class="editor" role="group"></div>')


def edit_network(hidden: Sequence[int], *, version: int, key: str) -> tuple[int, ...]:
    """Show the editor and return the neurons of each layer.

    Args:
        hidden: the neurons of each layer.
        version: a new number makes the browser show `hidden`; with the same number it keeps the user's layers.
        key: the element's key.
    """
    text = {
        "layers": _("Hidden layers"),
        "addLayer": _("Add a layer"),
        "removeLayer": _("Remove the last layer"),
        "addNeuron": _("Add a neuron to layer {number}"),
        "removeNeuron": _("Remove a neuron from layer {number}"),
        "layer": _("Layer {number}: {count} neurons"),
        "none": _("No hidden layer: the network can only draw straight lines."),
    }
    data = {
        "hidden": list(hidden),
        "version": version,
        "mostLayers": MOST_LAYERS,
        "mostNeurons": MOST_NEURONS,
        "text": text,
    }
    edited = _mount(key=key, data=data, default={"edited": None}, on_edited_change=lambda: None).edited
    if isinstance(edited, Mapping) and edited.get("version") == version and are_layers(edited.get("hidden")):
        return tuple(edited["hidden"])
    return tuple(hidden)


def are_layers(layers: object) -> bool:
    """Whether a value from a browser or a URL is a valid list of layers."""
    return (
        isinstance(layers, list | tuple)
        and len(layers) <= MOST_LAYERS
        and all(type(neurons) is int and 1 <= neurons <= MOST_NEURONS for neurons in layers)
    )
