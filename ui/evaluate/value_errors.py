"""The errors of a network that predicts a value: figures, predictions against true values, and the test points in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset
from nn_core.formatting import format_loss
from nn_core.i18n import _
from nn_core.jobs.previews import Surface
from nn_core.runs.reports import RegressionReport
from ui.app.charts import import_graph_objects, show_chart
from ui.app.run_labels import describe_r_squared, format_r_squared
from ui.app.widgets import section_card
from ui.components.boundary.points import FILLED
from ui.components.surface import draw_surface
from ui.components.surface.points import make_value_points

if TYPE_CHECKING:
    from nn_core.inference import TrainedNetwork

__all__ = ["show_value_headline", "show_value_plane", "show_value_scatter"]

_SIZE = 96  # cells along each side


def show_value_headline(evaluation: RegressionReport) -> None:
    """Show R² and the typical errors, beside what always predicting the mean would give."""
    with st.container(horizontal=True, key="figures"):
        st.metric(
            _("Test R²"),
            format_r_squared(evaluation.r_squared),
            border=True,
            width="content",
            help=describe_r_squared(),
        )
        st.metric(
            _("Root mean squared error"),
            format_loss(evaluation.root_mean_squared_error),
            border=True,
            width="content",
            help=_("The typical error; large errors count most. Always predicting the mean would give {error}.").format(
                error=format_loss(evaluation.error_of_mean)
            ),
        )
        st.metric(
            _("Mean absolute error"),
            format_loss(evaluation.mean_absolute_error),
            border=True,
            width="content",
            help=_("How far a prediction is from the true value on average."),
        )


def show_value_scatter(evaluation: RegressionReport) -> None:
    """Show predicted against true values. On the diagonal, both are equal."""
    go = import_graph_objects()

    true = [each.value for each in evaluation.scatter]
    predicted = [each.predicted for each in evaluation.scatter]
    ends = [min(true + predicted), max(true + predicted)]
    with section_card(_("Predicted and true values"), key="value_scatter"):
        figure = go.Figure(
            [
                go.Scatter(x=ends, y=ends, mode="lines", name=_("perfect"), line={"dash": "dash"}, hoverinfo="skip"),
                go.Scatter(
                    x=true, y=predicted, mode="markers", name=_("test points"), marker={"size": 6, "opacity": 0.7}
                ),
            ]
        )
        figure.update_layout(
            xaxis_title=_("True value"), yaxis_title=_("Predicted value"), legend={"orientation": "h", "y": 1.12}
        )
        alt = _("The predicted value of {count:,} test points against the true one. R² is {r_squared}.")
        show_chart(
            figure,
            height=360,
            alt=alt.format(count=len(true), r_squared=format_r_squared(evaluation.r_squared)),
        )
        st.caption(
            _(
                "Each dot is a test point; the closer to the dashed line, the better. Look for a bend or a spread at one end."
            )
        )


def show_value_plane(network: TrainedNetwork, data: Dataset) -> None:
    """Show the test points over the predicted values, with the same axes and colours as on the other pages."""
    import torch

    test = data.test
    points = make_value_points(test.inputs, test.labels, torch.full((len(test),), FILLED), data)
    surface = Surface.compute(network.compute_outputs, points.extent, points.low, points.high, size=_SIZE)
    with section_card(_("In the plane"), key="value_plane"):
        label = _("{count} test points over the predicted values").format(count=points.count)
        draw_surface(points, surface, label, key="value_plane_chart")
        st.caption(
            _(
                "The background and its lines show the predicted value at each point. Each test point has the colour and shape of its true "
                "value: where it differs from the background, the prediction is wrong."
            )
        )
