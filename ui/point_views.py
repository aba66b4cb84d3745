"""Points in the plane: how many and how untidy is for the user to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig, changed
from nn_core.data import DataSettings
from nn_core.i18n import _
from ui import cached
from ui.charts import dress, is_dark
from ui.config_form import section_form

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["chosen_points", "scatter"]

_MOST_SHOWN = 3000


def chosen_points(name: str) -> Dataset:
    """Sliders for the number and the noise, and the points that they make."""
    with st.container(border=True):
        st.subheader(_("How many, and how untidy"), anchor=False)
        values = section_form(RunConfig().data.plane, DataSettings.model_fields["plane"], "plane")
    return cached.dataset(changed(RunConfig(), {"data": {"name": name, "plane": values}}).data)


def scatter(data: Dataset) -> None:
    """All points by class, those of the test as rings."""
    import plotly.graph_objects as go

    with st.container(border=True):
        st.subheader(_("In the plane"), anchor=False)
        figure = go.Figure()
        colors = st.get_option(f"theme.{'dark' if is_dark() else 'light'}.chartCategoricalColors") or [None]
        for title, split, symbol in ((_("training"), data.train, "circle"), (_("test"), data.test, "circle-open")):
            step = max(1, len(split) // _MOST_SHOWN)
            points, labels = split.inputs[::step], split.labels[::step]
            for label, name in enumerate(data.spec.classes):
                mine = points[labels == label]
                figure.add_scatter(
                    x=mine[:, 0].tolist(),
                    y=mine[:, 1].tolist(),
                    mode="markers",
                    name=_("{name}, {split}").format(name=name, split=title),
                    marker={"size": 6, "symbol": symbol, "color": colors[label % len(colors)]},
                )
        figure.update_layout(legend={"orientation": "h", "y": 1.08})
        figure.update_xaxes(title=_("First coordinate"), zeroline=False, constrain="domain")
        figure.update_yaxes(title=_("Second coordinate"), zeroline=False, scaleanchor="x")
        st.plotly_chart(
            dress(figure, height=520),
            config={"displayModeBar": False},
            alt=_("The points of each class; those of the test are rings."),
        )
