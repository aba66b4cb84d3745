"""The neurons of a Playground network on the page of its run: a picture of each over the plane. The Playground shows them with their weights."""

from base64 import b64decode

import numpy as np
import streamlit as st

from nn_core.i18n import _
from nn_core.jobs.previews import Neurons, read_preview
from nn_core.runs import RunFolder
from ui.app.charts import is_dark
from ui.app.images import Pixels, color_diverging
from ui.app.run_labels import RunLabels

__all__ = ["show_neurons_view"]

_CELL_PX = 3
_GAP_CELLS = 2  # between two neurons


def show_neurons_view(run: RunFolder, _labels: RunLabels) -> None:
    """Show every layer from the features to the output, if the run has a preview."""
    preview = read_preview(run, Neurons)
    if preview is None:
        return
    with st.container(border=True, key="neurons"):
        st.markdown(_("**What each neuron computes**"))
        st.caption(
            _(
                "Over the plane: blue above 0, orange below; the strongest colour is the neuron's largest absolute value."
            )
        )
        for layer in preview.layers:
            title = _get_title(layer.name, layer.activation)
            scales = ", ".join(f"{name}: {scale:.3g}" for name, scale in zip(layer.neurons, layer.scales, strict=True))
            st.image(
                _draw_layer(layer.maps, len(layer.neurons), preview.size),
                caption=title,
                alt=_("{layer}, largest absolute values {scales}").format(layer=title, scales=scales),
            )


def _get_title(name: str, activation: str) -> str:
    kind, _space, number = name.partition(" ")
    titles = {"features": _("Features"), "hidden": _("Layer {number}").format(number=number), "output": _("Output")}
    return f"{titles.get(kind, name)} · {activation}" if activation else titles.get(kind, name)


def _draw_layer(maps: str, count: int, size: int) -> Pixels:
    """Draw the maps side by side; their first row is the lowest y."""
    values = np.frombuffer(b64decode(maps), np.int8).reshape(count, size, size)[:, ::-1].astype(np.float32)
    spaced = np.pad(values, ((0, 0), (0, 0), (0, _GAP_CELLS)))
    strip = spaced.transpose(1, 0, 2).reshape(size, -1)[:, :-_GAP_CELLS]
    return color_diverging(strip, dark=is_dark()).repeat(_CELL_PX, axis=0).repeat(_CELL_PX, axis=1)
