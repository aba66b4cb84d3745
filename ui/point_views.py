"""Points in the plane: how many and how untidy is for the user to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig, changed
from nn_core.data import DataSettings
from nn_core.i18n import _
from ui import cached
from ui.boundary import PlaneText, draw_plane
from ui.boundary.points import FILLED, HOLLOW, plane_extent, points_of
from ui.config_form import section_form
from ui.headings import section_heading

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["chosen_points", "scatter"]


def chosen_points(name: str) -> Dataset:
    """Sliders for the number and the noise, and the points that they make."""
    with st.container(border=True):
        section_heading(_("How many, and how untidy"))
        values = section_form(RunConfig().data.plane, DataSettings.model_fields["plane"], "plane")
    return cached.dataset(changed(RunConfig(), {"data": {"name": name, "plane": values}}).data)


def scatter(data: Dataset) -> None:
    """All points by class, those of the test as rings, on the axes of the other pages that show these data."""
    import torch

    train, test = data.train, data.test
    looks = torch.cat([torch.full((len(train),), FILLED), torch.full((len(test),), HOLLOW)])
    inputs, labels = torch.cat([train.inputs, test.inputs]), torch.cat([train.labels, test.labels])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))  # of many, some of both are shown
    points = points_of(inputs[order], labels[order], looks[order], data.spec.classes, plane_extent(data))
    counts = labels.bincount(minlength=len(data.spec.classes)).tolist()
    of_each = ", ".join(f"{name}: {count:,}" for name, count in zip(data.spec.classes, counts, strict=True))
    with st.container(border=True, key="plane_points"):
        section_heading(_("In the plane"))
        text = PlaneText(
            label=_("{count} points in the plane").format(count=f"{points.count:,}"),
            description=_("Points of each class: {counts}.").format(counts=of_each),
            hollow=_("test"),
        )
        draw_plane(points, None, text, key="plane_scatter")
        if len(points.x) < points.count:
            st.caption(_("{shown:,} of {count:,} points are drawn.").format(shown=len(points.x), count=points.count))
