"""A data set of points in the plane: its settings and a scatter plot."""

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
    """Show the sliders for the number of points and the noise; return the data set."""
    with st.container(border=True):
        show_section_heading(_("Number and noise"))
        values = show_section_form(RunConfig().data.plane, DataSettings.model_fields["plane"], "plane")
    return cache.get_dataset(update_config(RunConfig(), {"data": {"name": name, "plane": values}}).data)


def show_scatter(data: Dataset) -> None:
    """Show all points by class, test points as rings, with the same axes as on the other pages."""
    import torch

    train, test = data.train, data.test
    markers = torch.cat([torch.full((len(train),), FILLED), torch.full((len(test),), HOLLOW)])
    inputs, labels = torch.cat([train.inputs, test.inputs]), torch.cat([train.labels, test.labels])
    order = torch.randperm(
        len(labels), generator=torch.Generator().manual_seed(0)
    )  # a shown subset has points of both splits
    points = make_points(inputs[order], labels[order], markers[order], data.spec.classes, compute_extent(data))
    counts = labels.bincount(minlength=len(data.spec.classes)).tolist()
    class_counts = ", ".join(f"{name}: {count:,}" for name, count in zip(data.spec.classes, counts, strict=True))
    with st.container(border=True, key="plane_points"):
        show_section_heading(_("In the plane"))
        text = PlaneText(
            label=_("{count} points in the plane").format(count=f"{points.count:,}"),
            description=_("Points of each class: {counts}.").format(counts=class_counts),
            hollow=_("test"),
        )
        draw_plane(points, None, text, key="plane_scatter")
        if len(points.x) < points.count:
            st.caption(_("{shown:,} of {count:,} points are drawn.").format(shown=len(points.x), count=points.count))
