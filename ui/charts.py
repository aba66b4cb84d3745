"""The look that our Plotly charts share; the live ones have their own (`ui.live_chart`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["as_label", "dress", "is_dark"]

_LONGEST_LABEL = 18  # characters


def is_dark() -> bool:
    return bool(st.context.theme.type == "dark")


def dress(figure: go.Figure, *, height: int) -> go.Figure:
    """The theme's colours for the lines and bars, narrow margins, and a height in pixels."""
    colors = st.get_option(f"theme.{'dark' if is_dark() else 'light'}.chartCategoricalColors")
    figure.update_layout(height=height, margin={"t": 10, "b": 10, "l": 10, "r": 10}, colorway=list(colors or []))
    return figure


def as_label(name: str, longest: int = _LONGEST_LABEL) -> str:
    """A name from outside as Plotly is to show it: shortened, and its own marks being plain characters."""
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
