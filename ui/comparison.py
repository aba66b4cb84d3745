"""Several runs' curves on one chart."""

import html

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui import cached
from ui.charts import dress
from ui.errors import errors_shown
from ui.headings import section_heading

__all__ = ["comparison"]

_MOST_POINTS = 400


def comparison(runs: list[RunFolder]) -> None:
    """One line a run: validation or training, accuracy or loss, over the epochs."""
    import plotly.graph_objects as go

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            section_heading(_("Curves"))
            st.space("stretch")
            quantity = _choice("compared_quantity", {"accuracy": _("Accuracy"), "loss": _("Loss")})
            split = _choice("compared_split", {"validation": _("Validation"), "train": _("Training")})
        figure = go.Figure()
        for run in runs:
            with errors_shown():
                history = cached.histories().read(run)
                curve = history.validation if split == "validation" else history.train
                column, scale = (curve.accuracy, 100) if quantity == "accuracy" else (curve.loss, 1)
                stride = max(1, len(column) // _MOST_POINTS)
                values = [scale * value for value in column[::stride]]
                figure.add_scatter(
                    x=list(curve.epoch[::stride])[: len(values)],
                    y=values,
                    mode="lines+markers" if split == "validation" else "lines",
                    name=html.escape(run.name),  # Plotly would take markup in a name for markup
                )
        if not any(len(line.x) for line in figure.data):
            st.caption(_("These runs have no points yet."))
            return
        figure.update_layout(
            xaxis_title=_("Epoch"),
            yaxis_title=_axis_title(quantity, split),
            legend={"orientation": "h", "y": -0.25},
            showlegend=True,
            hovermode="x unified",
        )
        st.plotly_chart(
            dress(figure, height=420),
            key="comparison",
            alt=_("{quantity} of the chosen runs over the epochs.").format(quantity=_axis_title(quantity, split)),
        )


def _axis_title(quantity: str, split: str) -> str:
    titles = {
        ("accuracy", "validation"): _("Validation accuracy (%)"),
        ("accuracy", "train"): _("Training accuracy (%)"),
        ("loss", "validation"): _("Validation loss"),
        ("loss", "train"): _("Training loss"),
    }
    return titles[quantity, split]


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
