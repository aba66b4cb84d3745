"""Where a network divides the plane, with the test points, those it got wrong crossed out."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.app.text import show_section_heading
from ui.components.boundary import PlaneText, draw_plane
from ui.components.boundary.points import FILLED, WRONG, compute_extent, make_points
from ui.components.boundary.summary import describe_division, find_regions
from ui.components.data_table import Column, show_data_table

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset
    from nn_core.inference import TrainedNetwork

__all__ = ["show_plane_errors"]

_SIZE = 96  # places along each side


def show_plane_errors(network: TrainedNetwork, data: Dataset) -> None:
    """The test points over the division of the plane, on the axes of the other pages that show these data."""
    import torch

    labels, classes = data.test.labels, data.spec.classes
    answers = network.compute_outputs(data.test.inputs).argmax(dim=1)
    wrong = answers != labels
    looks = torch.where(wrong, WRONG, FILLED)
    points = make_points(data.test.inputs, labels, looks, classes, compute_extent(data))
    division = _division(network, points.extent)
    right = [_share(~wrong[labels == index]) for index in range(len(classes))]
    regions = [
        replace(region, right=share) for region, share in zip(find_regions(division, points), right, strict=True)
    ]
    count = int(wrong.sum())
    with st.container(border=True, key="plane_errors"):
        show_section_heading(_("Mistakes"))
        text = PlaneText(
            label=_("{count} test points over the division of the plane, {wrong} of them wrong").format(
                count=points.count, wrong=count
            ),
            description=describe_division(classes, regions, _("test")),
            wrong=_("wrong") if count else "",
            notes=["" if share is None else format_percent(share) for share in right],
        )
        draw_plane(points, division, text, key="plane_chart")
        st.caption(
            _(
                "The background shows the network's answer at each place; the stronger its colour, the more confident the answer. "
                "Each test point has the shape and colour of its true class; the share that the network got right stands beside the "
                "names."
            )
        )
        if count:
            _wrong_points(data, answers, wrong)


def _wrong_points(data: Dataset, answers: Tensor, wrong: Tensor) -> None:
    classes, places = data.spec.classes, data.test.inputs[wrong]
    coordinates = [
        Column(title, [f"{value:.2f}" for value in values], values)
        for title, values in zip((_("First coordinate"), _("Second coordinate")), places.T.tolist(), strict=True)
    ]
    names = [
        Column(title, [classes[index] for index in indices.tolist()])
        for title, indices in ((_("True"), data.test.labels[wrong]), (_("Read as"), answers[wrong]))
    ]
    with st.expander(_("The wrong points as a table")):
        show_data_table(
            [*coordinates, *names], caption=_("The test points that the network got wrong."), key="wrong_points"
        )


def _share(right: Tensor) -> float | None:
    return float(right.float().mean()) if len(right) else None


def _division(network: TrainedNetwork, extent: tuple[float, float, float, float]) -> Boundary:
    """What the network says of the middle of each place."""
    import torch

    middles = (torch.arange(_SIZE) + 0.5) / _SIZE
    x, y = (low + (high - low) * middles for low, high in (extent[:2], extent[2:]))
    places = torch.stack([x.repeat(_SIZE), y.repeat_interleave(_SIZE)], dim=1)
    shares, answers = network.compute_outputs(places).softmax(dim=1).nan_to_num(0).topk(2, dim=1)
    return Boundary(
        step=0,
        epoch=0,
        extent=extent,
        size=_SIZE,
        classes=_packed(answers[:, 0]),
        confidence=_packed(shares[:, 0] * 255),
        margin=_packed((shares[:, 0] - shares[:, 1]) * 255),
    )


def _packed(values: Tensor) -> str:
    return base64.b64encode(values.round().clamp(0, 255).byte().numpy().tobytes()).decode()
