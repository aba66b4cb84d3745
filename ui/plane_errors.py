"""Where a network divides the plane, with the test points, those it got wrong marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.preview import square_around
from ui.charts import as_label, dress, is_dark

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from nn_core.data import Dataset
    from nn_core.inference import TrainedNetwork

__all__ = ["plane_errors"]

_SIZE = 120  # places along each side
_POINTS = 2000


def plane_errors(network: TrainedNetwork, data: Dataset) -> None:
    """The test points over the division of the plane."""
    import plotly.graph_objects as go

    theme = "dark" if is_dark() else "light"
    given = list(st.get_option(f"theme.{theme}.chartCategoricalColors") or ["#4f46e5", "#ea580c"])
    classes = [as_label(name) for name in data.spec.classes]
    colours = [given[index % len(given)] for index in range(len(classes))]
    points, labels = data.test.inputs[:_POINTS], data.test.labels[:_POINTS]
    answers = network.outputs(points).argmax(dim=1)
    extent = square_around(points[:, 0].tolist(), points[:, 1].tolist())
    figure = go.Figure(_division(network, extent, colours))
    for index, name in enumerate(classes):
        rightly = points[(labels == index) & (answers == index)]
        figure.add_scatter(
            x=rightly[:, 0].tolist(),
            y=rightly[:, 1].tolist(),
            name=name,
            mode="markers",
            marker={"color": colours[index], "size": 6, "line": {"width": 1, "color": "#fff"}},
            hovertemplate=_("%{x:.2f} | %{y:.2f}<extra>%{fullData.name}</extra>"),
        )
    wrong = labels != answers
    figure.add_scatter(
        x=points[wrong, 0].tolist(),
        y=points[wrong, 1].tolist(),
        name=_("Wrong"),
        mode="markers",
        marker={
            "symbol": "x",
            "size": 11,
            "color": [colours[index] for index in labels[wrong].tolist()],
            "line": {"width": 1.5, "color": "#fff" if is_dark() else "#111"},
        },
        customdata=[[classes[a], classes[b]] for a, b in zip(labels[wrong], answers[wrong], strict=True)],
        hovertemplate=_("%{x:.2f} | %{y:.2f}<br>True: %{customdata[0]}<br>Read as: %{customdata[1]}<extra></extra>"),
    )
    figure.update_xaxes(
        title=_("First coordinate"), range=extent[:2], constrain="domain", showgrid=False, zeroline=False
    )
    figure.update_yaxes(
        title=_("Second coordinate"),
        range=extent[2:],
        scaleanchor="x",
        constrain="domain",
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    with st.container(border=True, key="plane_errors"):
        st.subheader(_("Where it errs"), anchor=False)
        st.plotly_chart(
            dress(figure, height=560),
            key="plane_chart",
            config={"displayModeBar": False},
            alt=_("The test points over the division of the plane; crosses are those that the network got wrong."),
        )
        st.caption(
            _(
                "The ground shows what the network says of each place; crosses are the test points that it got wrong, in the colour of their true class."
            )
        )


def _division(
    network: TrainedNetwork, extent: tuple[float, float, float, float], colours: list[str]
) -> list[go.Heatmap]:
    """A layer of ground for each class, the stronger the surer."""
    import plotly.graph_objects as go
    import torch

    middles = (torch.arange(_SIZE) + 0.5) / _SIZE
    x, y = (low + (high - low) * middles for low, high in (extent[:2], extent[2:]))
    places = torch.stack([x.repeat(_SIZE), y.repeat_interleave(_SIZE)], dim=1)
    sureness, answer = network.outputs(places).softmax(dim=1).max(dim=1)
    layers = []
    for index, colour in enumerate(colours):
        z = sureness.where(answer == index, torch.nan).unflatten(0, (_SIZE, _SIZE))
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        layers.append(
            go.Heatmap(
                x=x.tolist(),
                y=y.tolist(),
                z=z.tolist(),
                zmin=1 / len(colours),
                zmax=1,
                colorscale=[[0, f"rgba({red},{green},{blue},0.06)"], [1, f"rgba({red},{green},{blue},0.42)"]],
                showscale=False,
                hoverinfo="skip",
            )
        )
    return layers
