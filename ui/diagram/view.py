"""The diagram of a network, which needs no training: the output of each layer, its shape, and the number of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.diagram.render import DiagramStyle, format_shape, render_diagram
from nn_core.diagram.stages import list_network_items
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.task import Goal
from ui.app.charts import is_dark
from ui.app.glossary import explain

if TYPE_CHECKING:
    from nn_core.models.summary import LayerRow

__all__ = ["get_diagram_style", "show_network"]

_GREY = "#8a8fa3"


def show_network(rows: Sequence[LayerRow], spec: DatasetSpec, goal: Goal) -> None:
    """Show the number of parameters, the diagram and the table of layers."""
    total = sum(row.parameters for row in rows)
    st.metric(_("Parameters"), f"{total:,}", help=explain("parameter"))
    st.caption(_describe_parameters(rows, total))
    names = [_(name) for name in spec.classes]
    st.html(render_diagram(list_network_items(rows, spec.task, goal), names, get_diagram_style(dark=is_dark())))
    with st.expander(_("Layer by layer"), key="layer_table", icon=":material/table_rows:"):
        st.table(
            {
                _("Layer"): [_("Input: {title}").format(title=_(spec.title)), *(row.layer for row in rows)],
                _("Output shape"): [format_shape(spec.shape), *(format_shape(row.output) for row in rows)],
                _("Parameters"): ["", *(f"{row.parameters:,}" if row.parameters else "" for row in rows)],
            },
            hide_index=True,
        )


def get_diagram_style(*, dark: bool) -> DiagramStyle:
    """Return the colours of the light or the dark theme."""
    theme = f"theme.{'dark' if dark else 'light'}"
    return DiagramStyle(
        st.get_option(f"{theme}.textColor") or _GREY,
        st.get_option(f"{theme}.backgroundColor") or ("#000" if dark else "#fff"),
        st.get_option(f"{theme}.chartCategoricalColors") or [],
    )


def _describe_parameters(rows: Sequence[LayerRow], total: int) -> str:
    """What training does with them, and which layer has most of them."""
    if not total:
        return _("Nothing to train yet.")
    largest = max(rows, key=lambda row: row.parameters)
    share = format_percent(largest.parameters / total, 0)
    return _("Training adjusts them a little after every batch. {share} are in the layer {layer}.").format(
        share=share, layer=largest.layer.replace("→", "to")
    )
