"""The look that our Plotly charts share; the live ones have their own (`ui.components.live_chart`)."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.components.shared import DASHES, MARKERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["apply_chart_style", "format_label", "import_graph_objects", "is_dark", "show_chart_table"]

_LONGEST_LABEL = 18  # characters
_PATTERNS = ("", "/", ".", "x", "-", "+")
"""Of bars, in this order. Dashes and markers are those of `ui.components.shared`."""


def import_graph_objects() -> ModuleType:
    """`plotly.graph_objects`, with pandas imported before it: Plotly uses pandas as it finds it in `sys.modules`, where another thread
    may still be importing it (`ui.http.early_imports`)."""
    importlib.import_module("pandas")
    return importlib.import_module("plotly.graph_objects")


def is_dark() -> bool:
    return bool(st.context.theme.type == "dark")


def apply_chart_style(figure: go.Figure, *, height: int) -> go.Figure:
    """The theme's colours for lines, bars and text, narrow margins, and a height in pixels.

    Nothing is distinguished by colour alone: each of several lines has its own dashes and markers, each of several bars its own pattern.
    """
    theme = "dark" if is_dark() else "light"
    colors, text = (st.get_option(f"theme.{theme}.{name}") for name in ("chartCategoricalColors", "textColor"))
    figure.update_layout(
        height=height,
        margin={"t": 10, "b": 10, "l": 10, "r": 10},
        colorway=list(colors or []),
        legend={"font": {"color": text}},
    )
    figure.update_xaxes(tickfont_color=text, title_font_color=text)
    figure.update_yaxes(tickfont_color=text, title_font_color=text)
    if len(figure.data) > 1:
        _distinguish(figure)
    return figure


def _distinguish(figure: go.Figure) -> None:
    symbols = [marker.plotly for marker in MARKERS.values()]
    for place, series in enumerate(series for series in figure.data if series.type == "scatter"):
        dash = DASHES[place % len(DASHES)]
        series.line.dash = series.line.dash or ",".join(f"{length}px" for length in dash) or "solid"
        series.marker.symbol = series.marker.symbol or symbols[place % len(symbols)]
    for place, series in enumerate(series for series in figure.data if series.type == "bar"):
        series.marker.pattern = {
            "shape": _PATTERNS[place % len(_PATTERNS)],
            "fillmode": "overlay",
            "solidity": 0.25,
        }


def show_chart_table(columns: Mapping[str, Sequence[object]], *, key: str) -> None:
    """What a chart shows, as a table that opens: for screen readers, and for anyone who wants the exact figures.

    columns: by title; text is Markdown. key: of the expander.
    """
    fold = st.expander(_("As a table"), key=key, icon=":material/table:", on_change="rerun")
    if fold.open:
        with fold:
            st.table(dict(columns), hide_index=True)


def format_label(name: str, longest: int = _LONGEST_LABEL) -> str:
    """A name from outside as Plotly is to show it: shortened, and its own marks being plain characters."""
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
