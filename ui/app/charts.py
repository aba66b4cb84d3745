"""The style that all Plotly charts share. The live charts have their own (`ui.components.live_chart`)."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from types import ModuleType
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.components.data_table import Column, show_data_table
from ui.components.shared import DASHES, MARKERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "LEGEND_BELOW",
    "apply_chart_style",
    "format_label",
    "import_graph_objects",
    "is_dark",
    "set_epoch_ticks",
    "show_chart",
    "show_chart_table",
    "wrap_label",
]

LEGEND_BELOW = {"orientation": "h", "y": -0.25}
"""Below the horizontal axis, because a legend above the chart has several lines on a phone and covers it."""

_LEGEND_CHARACTERS = 36
_FEW_EPOCHS = 10
_MAX_LABEL_LENGTH = 18  # characters
_PATTERNS = ("", "/", ".", "x", "-", "+")
"""Of bars, in this order. Dashes and markers are those of `ui.components.shared`."""


def import_graph_objects() -> ModuleType:
    """Import `plotly.graph_objects` after pandas: Plotly uses the pandas that it finds in `sys.modules`, which another thread may
    still be importing (`ui.app.preload`)."""
    importlib.import_module("pandas")
    return importlib.import_module("plotly.graph_objects")


def is_dark() -> bool:
    return bool(st.context.theme.type == "dark")


def apply_chart_style(figure: go.Figure, *, height: int) -> go.Figure:
    """Apply the theme's colours, narrow margins and a height in pixels; return the figure.

    Nothing is distinguished by colour alone: several lines get different dashes and markers, several bars different patterns.
    """
    theme = "dark" if is_dark() else "light"
    colors, text = (st.get_option(f"theme.{theme}.{name}") for name in ("chartCategoricalColors", "textColor"))
    figure.update_layout(
        height=height,
        margin={"t": 10, "b": 10, "l": 10, "r": 10},
        colorway=list(colors or []),
        legend={"font": {"color": text}, "title": {"font": {"color": text}}},
    )
    figure.update_xaxes(tickfont_color=text, title_font_color=text)
    figure.update_yaxes(tickfont_color=text, title_font_color=text)
    if len(figure.data) > 1:
        _vary_styles(figure)
    return figure


def _vary_styles(figure: go.Figure) -> None:
    symbols = [marker.plotly for marker in MARKERS.values()]
    for index, line in enumerate(series for series in figure.data if series.type == "scatter"):
        dash = DASHES[index % len(DASHES)]
        line.line.dash = line.line.dash or ",".join(f"{length}px" for length in dash) or "solid"
        line.marker.symbol = line.marker.symbol or symbols[index % len(symbols)]
    for index, bar in enumerate(series for series in figure.data if series.type == "bar"):
        bar.marker.pattern = {"shape": _PATTERNS[index % len(_PATTERNS)], "fillmode": "overlay", "solidity": 0.25}


def set_epoch_ticks(figure: go.Figure, epochs: Sequence[float]) -> None:
    """Put the ticks of a horizontal axis with few epochs at whole ones. epochs: all that are shown."""
    last = max(epochs, default=0)
    if last <= _FEW_EPOCHS:
        is_point = min(epochs, default=0) == last
        figure.update_xaxes(dtick=1, tick0=0, range=[last - 0.5, last + 0.5] if is_point else None)


def show_chart(figure: go.Figure, *, height: int, alt: str, key: str | None = None) -> None:
    """Show a chart in the common style and without a toolbar.

    Args:
        figure: the chart.
        height: in pixels.
        alt: what it shows, for screen readers.
        key: of the element.
    """
    st.plotly_chart(apply_chart_style(figure, height=height), key=key, config={"displayModeBar": False}, alt=alt)


def show_chart_table(columns: Mapping[str, Sequence[object]], *, caption: str, key: str) -> None:
    """Show a chart's values as a table in an expander, for screen readers and for exact figures.

    Args:
        columns: the values by column title.
        caption: what the table shows, for screen readers; no other table on the page may have the same.
        key: of the expander.
    """
    expander = st.expander(_("As a table"), key=key, icon=":material/table:", on_change="rerun")
    if expander.open:
        with expander:
            show_data_table(
                [Column(title, [str(value) for value in values]) for title, values in columns.items()],
                caption=caption,
                key=f"{key}_values",
            )


def wrap_label(name: str) -> str:
    """Break a user's text into lines that fit in a legend on a phone, and escape its markup."""
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(name, _LEGEND_CHARACTERS))


def format_label(name: str, max_length: int = _MAX_LABEL_LENGTH) -> str:
    """Shorten a user's text for a Plotly label and escape its markup."""
    short = name if len(name) <= max_length else name[: max_length - 1] + "…"
    return escape(short, quote=False)
