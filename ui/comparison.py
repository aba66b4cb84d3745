"""Several runs' curves on one chart."""

import html

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import History, RunFolder
from ui.charts import dress
from ui.errors import errors_shown

__all__ = ["comparison"]

_MOST_POINTS = 400


def comparison(runs: list[RunFolder]) -> None:
    """One line a run: validation or training, accuracy or loss, over the epochs."""
    import plotly.graph_objects as go

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.subheader(_("Curves"), anchor=False)
            st.space("stretch")
            quantity = _choice("compared_quantity", {"accuracy": _("Accuracy"), "loss": _("Loss")})
            split = _choice("compared_split", {"validation": _("Validation"), "train": _("Training")})
        figure = go.Figure()
        for run in runs:
            with errors_shown():
                history = History(run.metrics_file)
                history.update()
                curve = history.validation if split == "validation" else history.train
                values = [100 * value for value in curve.accuracy] if quantity == "accuracy" else curve.loss
                stride = max(1, len(values) // _MOST_POINTS)
                figure.add_scatter(
                    x=curve.epoch[::stride],
                    y=values[::stride],
                    mode="lines+markers" if split == "validation" else "lines",
                    name=html.escape(run.name),  # Plotly would take markup in a name for markup
                )
        if not any(len(line.x) for line in figure.data):
            st.caption(_("These runs have no points yet."))
            return
        figure.update_layout(
            xaxis_title=_("Epoch"),
            yaxis_title=_("Accuracy (%)") if quantity == "accuracy" else _("Loss"),
            legend={"orientation": "h", "y": -0.25},
            showlegend=True,
            hovermode="x unified",
        )
        st.plotly_chart(
            dress(figure, height=420), key="comparison", alt=_("The curves of the chosen runs over the epochs.")
        )


def _choice(key: str, names: dict[str, str]) -> str:
    return str(
        st.segmented_control(
            key,
            list(names),
            default=next(iter(names)),
            required=True,
            format_func=names.__getitem__,
            key=key,
            label_visibility="collapsed",
        )
    )
