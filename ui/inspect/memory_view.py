"""The card *Memory (RNN)*: the state of a recurrent network after each row or letter, and its answer there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_weights_version
from ui.app.charts import format_label, import_graph_objects, is_dark, show_chart
from ui.app.images import MINUS, PLUS, Pixels, to_rgb
from ui.app.text import escape_markdown
from ui.app.widgets import choose
from ui.draw.prediction_view import show_answer

if TYPE_CHECKING:
    from nn_core.inference import MemoryTrace, TrainedNetwork

__all__ = ["show_picture_memory", "show_text_memory"]

_MAX_CHANGES = 12


def show_picture_memory(run: RunFolder, network: TrainedNetwork, picture: Pixels) -> None:
    """Show the memory over a picture, uint8 [channels, height, width], row by row."""
    trace = _trace_picture(str(run.path), get_weights_version(run), picture, network)
    names = [str(row) for row in range(1, picture.shape[1] + 1)]
    _show_trace(network, trace, names, step_title=_("Row"), picture=picture)


def show_text_memory(run: RunFolder, network: TrainedNetwork, text: str) -> None:
    """Show the memory over a text, letter by letter."""
    from nn_core.inference import get_read_letters

    trace = _trace_text(str(run.path), get_weights_version(run), text, network)
    letters = get_read_letters(network, text)
    names = [f"{number} {letter}" for number, letter in enumerate(letters, start=1)]
    _show_trace(network, trace, names, step_title=_("Letter"), picture=None)


@st.cache_data(show_spinner=False, max_entries=32)
def _trace_picture(run: str, version: int, picture: Pixels, _network: TrainedNetwork) -> MemoryTrace:
    import torch

    from nn_core.inference import follow_memory

    return follow_memory(_network, torch.from_numpy(picture))


@st.cache_data(show_spinner=False, max_entries=32)
def _trace_text(run: str, version: int, text: str, _network: TrainedNetwork) -> MemoryTrace:
    from nn_core.inference import follow_text_memory

    return follow_text_memory(_network, text)


def _show_trace(
    network: TrainedNetwork, trace: MemoryTrace, names: list[str], *, step_title: str, picture: Pixels | None
) -> None:
    kind, states = _choose_states(trace)
    _draw_states(states, names, kind=kind, step_title=step_title, picture=picture)
    st.markdown(_describe_changes(network, trace, names, step_title))
    step = st.select_slider(_("Answer after"), names, value=names[-1], key=f"memory_step_{len(names)}")
    _show_step(network, trace, names.index(step), picture)


def _choose_states(trace: MemoryTrace) -> tuple[str, npt.NDArray[np.float32]]:
    """Let the user choose the layer, the direction and the kind of state; return what it is called, and [steps, units]."""
    kinds = {"hidden": _("State"), "cells": _("Inner memory")}
    kind = "hidden"
    layers, directions = trace.hidden.shape[:2]
    values, layer, direction = trace.hidden, 0, 0
    with st.container(horizontal=True, gap="medium"):
        if trace.cells is not None:
            help_text = _("The state is what the next layer sees; the inner memory of an LSTM is hidden from it.")
            kind = choose(_("Show"), kinds, key="memory_kind", help=help_text)
            if kind == "cells":
                values = trace.cells
        if layers > 1:
            titles = {number: str(number + 1) for number in range(layers)}
            layer = min(choose(_("Layer"), titles, key=f"memory_layer_{layers}"), layers - 1)
        if directions > 1:
            titles = {0: _("From the start"), 1: _("From the end")}
            direction = choose(_("It reads"), titles, key="memory_direction")
    return kinds[kind], np.asarray(values[layer, direction].numpy(), dtype=np.float32)


def _draw_states(
    states: npt.NDArray[np.float32], names: list[str], *, kind: str, step_title: str, picture: Pixels | None
) -> None:
    go = import_graph_objects()
    most = max(float(np.abs(states).max()), 1e-6)
    zero = "rgb(28, 30, 43)" if is_dark() else "rgb(245, 246, 251)"
    above, below = (PLUS, MINUS) if is_dark() else ((29, 92, 204), (214, 84, 0))
    rows = list(range(len(names)))
    figure = go.Figure()
    if picture is not None:
        grey = to_rgb(picture).mean(axis=2)
        figure.add_heatmap(z=grey, y=rows, colorscale="Greys_r", showscale=False, hoverinfo="skip")
        figure.update_layout(xaxis={"domain": [0.0, 0.3], "visible": False})
    figure.add_heatmap(
        z=states,
        x=list(range(1, states.shape[1] + 1)),
        y=rows,
        xaxis="x2",
        zmin=-most,
        zmax=most,
        colorscale=[[0, f"rgb{below}"], [0.5, zero], [1, f"rgb{above}"]],
        colorbar={"title": {"text": kind}, "thickness": 12, "outlinewidth": 0},
        customdata=np.repeat(np.array([format_label(name) for name in names])[:, None], states.shape[1], axis=1),
        hovertemplate=_("{step} %{{customdata}}, unit %{{x}}: %{{z:.2f}}<extra></extra>").format(step=step_title),
    )
    figure.update_layout(xaxis2={"title": _("Unit"), "domain": [0.32 if picture is not None else 0.0, 1.0]})
    if picture is None:
        figure.update_layout(yaxis={"anchor": "x2"})
    every = max(1, len(names) // 14)
    shown = range(0, len(names), every)
    figure.update_yaxes(
        title=step_title,
        autorange="reversed",
        tickvals=list(shown),
        ticktext=[format_label(names[place]) for place in shown],
    )
    strongest = np.unravel_index(int(np.abs(states).argmax()), states.shape)
    alt = _("{steps} steps of {units} units; the strongest is unit {unit} at step {step}").format(
        steps=len(names), units=states.shape[1], unit=int(strongest[1]) + 1, step=names[int(strongest[0])]
    )
    show_chart(figure, height=max(260, min(420, 16 * len(names) + 90)), alt=alt, key="memory_states")


def _describe_changes(network: TrainedNetwork, trace: MemoryTrace, names: list[str], step_title: str) -> str:
    """Say after which steps the answer changes."""
    parts = []
    for step in trace.find_turning_points()[-_MAX_CHANGES:]:
        chances = trace.probabilities[step]
        label = escape_markdown(network.spec.classes[int(chances.argmax())])
        share = format_percent(float(chances.max()), 0)
        parts.append(
            _("{step} {name}: **{label}** ({share})").format(
                step=step_title, name=escape_markdown(names[step]), label=label, share=share
            )
        )
    return _("Where the answer changes: {changes}.").format(changes=" → ".join(parts))


def _show_step(network: TrainedNetwork, trace: MemoryTrace, step: int, picture: Pixels | None) -> None:
    """Show the answer if the example ended after this step."""
    from nn_core.inference import Prediction

    chances = dict(zip(network.spec.classes, trace.probabilities[step].tolist(), strict=True))
    label = max(chances, key=chances.__getitem__)
    read = None
    if picture is not None:
        read = picture.copy()
        read[:, step + 1 :] = 0
    show_answer(Prediction(label, chances, read), network.spec, key="memory_answer", invitation="", when="")
    st.caption(_("This is the answer to an example that ends here. Move the slider to follow the network."))
