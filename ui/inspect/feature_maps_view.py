"""The card *Feature maps*: the maps of every layer for the example, and the arithmetic of each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_weights_version
from ui.app.images import Pixels
from ui.components.feature_maps import count_shown_maps, draw_feature_maps, get_chosen_unit
from ui.inspect.example_pictures import Example
from ui.inspect.layer_choice import choose_layer, get_layers

if TYPE_CHECKING:
    from nn_core.inference import FeatureMaps, Layer, TrainedNetwork

__all__ = ["show_feature_maps"]

_NORMS = ("BatchNorm1d", "BatchNorm2d", "LayerNorm")


def show_feature_maps(run: RunFolder, network: TrainedNetwork, example: Example) -> None:
    """Show the maps of a chosen layer for the example."""
    from nn_core.inference import get_kernel

    layer = choose_layer(get_layers(run, network), card="feature-maps", default=0)
    maps = _compute_maps(str(run.path), get_weights_version(run), layer.name, example.picture, network)
    key = f"maps-{run.name}"
    count = count_shown_maps(maps)
    unit = get_chosen_unit(key, count)
    kernel = get_kernel(network, layer.name, unit, maps) if layer.has_kernel else None
    draw_feature_maps(maps, unit, kernel, steps=_name_steps(layer), key=key)
    st.caption(_describe(maps, count, layer))


@st.cache_data(show_spinner=False, max_entries=16)
def _compute_maps(run: str, version: int, layer: str, picture: Pixels, _network: TrainedNetwork) -> FeatureMaps:
    import torch

    from nn_core.inference import compute_feature_maps

    return compute_feature_maps(_network, torch.from_numpy(picture), layer)


def _name_steps(layer: Layer) -> list[str]:
    """Name what is done to the sum: the norms, and everything else."""
    norms = [name for name in layer.followers if name in _NORMS]
    return [", ".join(norms), ", ".join(name for name in layer.followers if name not in norms)]


def _describe(maps: FeatureMaps, shown: int, layer: Layer) -> str:
    """How much of the layer is shown, and how much of it is silent."""
    units = len(maps.activations)
    silent = int((maps.activations.flatten(1).amax(dim=1) <= 0).sum())
    parts = [_("The first {shown} of {units} maps.").format(shown=shown, units=units)] if shown < units else []
    if "ReLU" in layer.followers:
        share = format_percent(silent / units, 0)
        parts.append(
            _("{silent} of {units} maps ({share}) are 0 everywhere for this example.").format(
                silent=silent, units=units, share=share
            )
        )
    parts.append(_("All maps of the layer have the same colour scale."))
    return " ".join(parts)
