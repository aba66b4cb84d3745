"""The decision regions of a network in the plane, with the test points; wrong ones are crossed out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset
from nn_core.formatting import format_decimal, format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.app.glossary import describe_view
from ui.app.widgets import section_card
from ui.components.boundary import PlaneText, draw_plane
from ui.components.boundary.points import FILLED, WRONG, compute_extent, make_points
from ui.components.boundary.summary import describe_regions, find_regions
from ui.components.data_table import Column, show_data_table

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["show_plane_errors"]

_SIZE = 96  # cells along each side


def show_plane_errors(network: TrainedNetwork, data: Dataset) -> None:
    """Show the test points over the decision regions, with the same axes as on the other pages."""
    import torch

    labels, classes = data.test.labels, data.spec.classes
    answers = network.compute_outputs(data.test.inputs).argmax(dim=1)
    wrong = answers != labels
    markers = torch.where(wrong, WRONG, FILLED)
    points = make_points(data.test.inputs, labels, markers, classes, compute_extent(data))
    boundary = Boundary.compute(network.compute_outputs, points.extent, size=_SIZE)
    accuracies = [_compute_accuracy(~wrong[labels == index]) for index in range(len(classes))]
    regions = [
        replace(region, correct=accuracy)
        for region, accuracy in zip(find_regions(boundary, points), accuracies, strict=True)
    ]
    count = int(wrong.sum())
    with section_card(_("In the plane"), key="plane_errors"):
        text = PlaneText(
            label=_("{count} test points over the regions of the classes, {wrong} of them wrong").format(
                count=points.count, wrong=count
            ),
            description=describe_regions(classes, regions, _("test")),
            wrong=_("wrong") if count else "",
            notes=["" if accuracy is None else format_percent(accuracy) for accuracy in accuracies],
        )
        describe_view(
            _(
                "The background shows the network's answer at each point; the stronger the colour, the more confident the answer. "
                "Each test point has the shape and colour of its true class. Beside the names: the share of right answers."
            ),
            _("Look for wrong points far from the border: these are not noise but a rule that it has learned wrongly."),
            "decision_boundary",
            "confidence",
            "noise",
        )
        draw_plane(points, boundary, text, key="plane_chart")
        if count:
            _show_wrong_points(data, answers, wrong)


def _show_wrong_points(data: Dataset, answers: Tensor, wrong: Tensor) -> None:
    classes, points = data.spec.classes, data.test.inputs[wrong]
    coordinates = [
        Column(title, [format_decimal(value) for value in values], values)
        for title, values in zip((_("First coordinate"), _("Second coordinate")), points.T.tolist(), strict=True)
    ]
    names = [
        Column(title, [classes[index] for index in indices.tolist()])
        for title, indices in ((_("True"), data.test.labels[wrong]), (_("Read as"), answers[wrong]))
    ]
    with st.expander(_("The wrong points as a table")):
        show_data_table(
            [*coordinates, *names], caption=_("The test points that the network got wrong."), key="wrong_points"
        )


def _compute_accuracy(right: Tensor) -> float | None:
    return float(right.float().mean()) if len(right) else None
