"""Points in the plane: how many and how untidy is for the user to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig, update_config
from nn_core.data import DataSettings
from nn_core.i18n import _
from ui.app import cache
from ui.app.text import show_section_heading
from ui.components.boundary import PlaneText, draw_plane
from ui.components.boundary.points import FILLED, HOLLOW, compute_extent, make_points
from ui.forms.config_form import show_section_form

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["choose_points", "show_scatter"]


def choose_points(name: str) -> Dataset:
    """Sliders for the number and the noise, and the points that they make."""
    with st.container(border=True):
        show_section_heading(_("How many, and how untidy"))
        values = show_section_form(RunConfig().data.plane, DataSettings.model_fields["plane"], "plane")
    return cache.get_dataset(update_config(RunConfig(), {"data": {"name": name, "plane": values}}).data)


def show_scatter(data: Dataset) -> None:
    """All points by class, those of the test as rings, on the axes of the other pages that show these data."""
    import torch

    train, test = data.train, data.test
    looks = torch.cat([torch.full((len(train),), FILLED), torch.full((len(test),), HOLLOW)])
    inputs, labels = torch.cat([train.inputs, test.inputs]), torch.cat([train.labels, test.labels])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))  # of many, some of both are shown
    points = make_points(inputs[order], labels[order], looks[order], data.spec.classes, compute_extent(data))
    counts = labels.bincount(minlength=len(data.spec.classes)).tolist()
    of_each = ", ".join(f"{name}: {count:,}" for name, count in zip(data.spec.classes, counts, strict=True))
    with st.container(border=True, key="plane_points"):
        show_section_heading(_("In the plane"))
        text = PlaneText(
            label=_("{count} points in the plane").format(count=f"{points.count:,}"),
            description=_("Points of each class: {counts}.").format(counts=of_each),
            hollow=_("test"),
        )
        draw_plane(points, None, text, key="plane_scatter")
        if len(points.x) < points.count:
            st.caption(_("{shown:,} of {count:,} points are drawn.").format(shown=len(points.x), count=points.count))
