"""The plot of an activation function and its slope."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.errors import ConfigError
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, import_graph_objects
from ui.app.text import escape_markdown

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from nn_core.models.formula import Formula

__all__ = ["show_activation"]

_BUILT_IN = {
    "relu": "relu(x)",
    "leaky_relu": "max(0.01*x, x)",
    "elu": "relu(x) + min(exp(min(x, 0)) - 1, 0)",
    "selu": "1.0507*(relu(x) + 1.67326*(exp(min(x, 0)) - 1))",
    "gelu": "x*(1 + erf(x/sqrt(2)))/2",
    "silu": "x*sigmoid(x)",
    "mish": "x*tanh(softplus(x))",
    "tanh": "tanh(x)",
    "sigmoid": "sigmoid(x)",
    "softplus": "softplus(x)",
}
"""The built-in activations as formulas, only for plotting."""
_MAX_X = 5.0
_STEPS = 200


def show_activation(activation: str, formula: str, key: str) -> None:
    """Plot the user's own formula, or show its error; plot a built-in activation in an expander."""
    if activation == "formula":
        try:
            _plot(formula, f"{key}.plot")
        except ConfigError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
    elif activation in _BUILT_IN:
        expander = st.expander(
            _("What does it look like?"), key=f"{key}.look", icon=":material/show_chart:", on_change="rerun"
        )
        if expander.open:
            with expander:
                _plot(_BUILT_IN[activation], f"{key}.plot")


def _plot(text: str, key: str) -> None:
    from nn_core.models.formula import Formula

    formula = Formula.parse(text)
    st.plotly_chart(
        apply_chart_style(_figure(formula), height=300).update_layout(margin_t=62),
        config={"displayModeBar": False},
        key=key,
        alt=_("The activation f(x) = {formula} and its slope, for x from -5 to 5.").format(formula=formula.text),
    )
    st.caption(_("The slope f′ says how strongly corrections are passed back: where it is 0, nothing is learned."))


def _figure(formula: Formula) -> go.Figure:
    go = import_graph_objects()

    xs = [_MAX_X * (2 * step / _STEPS - 1) for step in range(_STEPS + 1)]
    slope = formula.derivative()
    figure = go.Figure(
        [
            go.Scatter(x=xs, y=[formula.value(x) for x in xs], name=_("f(x)"), mode="lines"),
            go.Scatter(x=xs, y=[slope.value(x) for x in xs], name=_("slope f′(x)"), mode="lines", line={"dash": "dot"}),
        ]
    )
    shown = formula.text if len(formula.text) <= 48 else formula.text[:47] + "…"
    figure.update_layout(
        title={
            "text": f"f(x) = {escape(shown)}",
            "font": {"size": 14},
            "x": 0.02,
            "y": 0.97,
        },  # Plotly interprets markup
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
    )
    figure.update_xaxes(title=_("Input x"))
    figure.update_yaxes(title=_("Output"))
    return figure
