"""The network of the Playground: its features, neurons and weights, all live. Layers are edited in it, and weights are set in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import ValidationError

from nn_core.i18n import _
from nn_core.models.plane_mlp import FEATURE_LABELS, PlaneActivation
from nn_core.runs.requests import WeightEdit
from ui.components.shared import declare_component, get_component_value

__all__ = [
    "ACTIVATIONS",
    "FEATURES",
    "MAX_LAYERS",
    "MAX_NEURONS",
    "Design",
    "Frame",
    "read_design",
    "read_weight_edit",
    "show_network",
]

MAX_LAYERS = 6
MAX_NEURONS = 16
FEATURES: tuple[str, ...] = tuple(FEATURE_LABELS)
ACTIVATIONS: tuple[str, ...] = get_args(PlaneActivation)

_mount = declare_component(
    "network_view",
    "maps.js",
    "geometry.js",
    "formula.js",
    "columns.js",
    "cards.js",
    "nodes.js",
    "network_view.js",
    shared=("colours.js", "palette.js", "axes.js", "pictures.js", "tables.js", "text.js"),
    html="""<div class="network"><div class="bar"></div><div class="scroller"><div class="heads"></div>
    <div class="net" role="group"><canvas class="edges" aria-hidden="true"></canvas><div class="nodes"></div></div></div>
    <div class="card" hidden></div><p class="key"></p><p class="unseen" role="status"></p></div>""",
)


@dataclass(frozen=True)
class Design:
    """What the user decides about the network.

    Attributes:
        features: names of the input features, at least one, in the order of FEATURES.
        hidden: the neurons of each hidden layer.
        activations: the activation of each hidden layer.
    """

    features: tuple[str, ...]
    hidden: tuple[int, ...]
    activations: tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    """What the network computes at one step.

    Attributes:
        key: another key means other content.
        text: JSON, that of a `nn_core.jobs.neuron_view.Neurons` for a network.
    """

    key: str
    text: str


def show_network(
    design: Design,
    frame: Frame | None,
    *,
    outputs: Sequence[str],
    features: Frame | None,
    version: int,
    locked: Sequence[str] = (),
    obstacle: str = "",
    on_edit: Callable[[], None],
    on_set: Callable[[], None],
    key: str,
) -> None:
    """Show the network. Call it again with each new frame; one that the browser has is not sent again.

    Args:
        design: what the browser shows when `version` changes; with the same number it keeps the user's changes.
        outputs: the names of the output neurons.
        features: the maps of all features; JSON with the `maps` and `scales` of a layer, and the `size` and `extent` of all maps.
        locked: what cannot be changed: "features", "layers", "activation" or "weights".
        obstacle: why weights cannot be set now; empty if they can.
        on_edit, on_set: called after the user has changed the design or a number. `read_design` and `read_weight_edit` return it.
        key: the element's key.
    """
    received = get_component_value(key, "received")
    has = received if isinstance(received, list) and len(received) == 3 else ["", "", ""]
    fixed = _make_fixed()
    digest = hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:12]
    keys = [digest, frame.key if frame else "", features.key if features else ""]
    layers = [
        {"neurons": neurons, "activation": activation}
        for neurons, activation in zip(design.hidden, design.activations, strict=True)
    ]
    _mount(
        key=key,
        data={
            "version": version,
            "design": {"features": list(design.features), "layers": layers},
            "outputs": list(outputs),
            "locked": {name: name in locked for name in ("features", "layers", "activation", "weights")},
            "can_set": not obstacle,
            "cannot_set": obstacle,
            "keys": keys,
            "received": received,
            "fixed": fixed if has[0] != keys[0] else None,
            "frame": frame.text if frame and has[1] != frame.key else None,
            "features": features.text if features and has[2] != features.key else None,
        },
        on_received_change=lambda: None,
        on_edited_change=on_edit,
        on_set_change=on_set,
    )


def read_design(key: str, version: int) -> Design | None:
    """The design that the user has made since this version; None without one, or if the browser sent something else."""
    edited = get_component_value(key, "edited")
    if not isinstance(edited, Mapping) or edited.get("version") != version:
        return None
    features, layers = edited.get("features"), edited.get("layers")
    if not isinstance(features, list) or not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        return None
    used = tuple(name for name in FEATURES if name in features)
    if not used or len(used) != len(features) or not all(map(_is_layer, layers)):
        return None
    return Design(
        used, tuple(layer["neurons"] for layer in layers), tuple(str(layer["activation"]) for layer in layers)
    )


def _is_layer(layer: object) -> bool:
    if not isinstance(layer, Mapping):
        return False
    neurons = layer.get("neurons")
    return type(neurons) is int and 1 <= neurons <= MAX_NEURONS and layer.get("activation") in ACTIVATIONS


def read_weight_edit(key: str) -> WeightEdit | None:
    """The number that the user has just set; None without one, or if the browser sent something else."""
    try:
        return WeightEdit.model_validate(get_component_value(key, "set"))
    except ValidationError:
        return None


def _make_fixed() -> dict[str, object]:
    """What never changes while a page is open. The browser replaces the braces."""
    return {
        "features": [{"name": name, "title": title} for name, title in FEATURE_LABELS.items()],
        "activations": list(ACTIVATIONS),
        "limits": {"layers": MAX_LAYERS, "neurons": MAX_NEURONS},
        "text": {
            "network": _("Network"),
            "layers": _("Hidden layers"),
            "addLayer": _("Add a layer"),
            "removeLayer": _("Remove the last layer"),
            "addNeuron": _("Add a neuron to layer {number}"),
            "removeNeuron": _("Remove a neuron from layer {number}"),
            "activation": _("Activation of layer {number}"),
            "layer": _("Layer {number}: {count} neurons"),
            "none": _("No hidden layer"),
            "features": _("Features"),
            "output": _("Output"),
            "feature": _("Feature {name}"),
            "neuron": _("Layer {layer}, neuron {number}"),
            "outputNeuron": _("Output {name}"),
            "edge": _("Weight from {from} to {to}"),
            "weight": _("weight of {name}"),
            "bias": _("bias"),
            "parameter": _("parameter"),
            "value": _("value"),
            "gradient": _("gradient"),
            "range": _("From {low} to {high} over the plane"),
            "atPoint": _("{value} at x₁ = {x}, x₂ = {y}"),
            "featureFormula": _("{name}, of the standardised coordinates"),
            "unknown": _("Its numbers appear when training starts."),
            "pinHint": _("Click, or press Enter, to set a value."),
            "setHint": _("Type a number and press Enter, also during training."),
            "badNumber": _("'{text}' is not possible: type a number from −{most} to {most}."),
            "close": _("Close"),
            "lastFeature": _("The network needs at least one feature."),
            "key": _("Solid: positive. Dashed or hatched: negative. The thicker a line, the larger its weight."),
        },
    }
