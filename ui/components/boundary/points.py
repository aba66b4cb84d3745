"""The points of a data set in the plane, prepared for drawing in a browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DataSettings
from nn_core.jobs.previews import get_plane_extent
from ui.app import cache

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset

__all__ = [
    "FILLED",
    "HOLLOW",
    "MAX_SHOWN",
    "WRONG",
    "PlanePoints",
    "compute_extent",
    "list_run_points",
    "load_plane_points",
    "make_points",
]

MAX_SHOWN = 1500  # more would hide each other
FILLED, HOLLOW, WRONG = range(3)
"""Styles of a point: the shape of its class, its outline, or large and crossed out."""


@dataclass(frozen=True)
class PlanePoints:
    """The points to draw.

    Attributes:
        label: index of each point's class.
        style: FILLED, HOLLOW or WRONG.
        extent: (x from, x to, y from, y to) of a square around all points.
        count: of all points of the data, including those not drawn.
    """

    x: list[float]
    y: list[float]
    label: list[int]
    style: list[int]
    classes: tuple[str, ...]
    extent: tuple[float, float, float, float]
    count: int
    version: str

    def columns(self) -> dict[str, list[float] | list[int]]:
        return {"x": self.x, "y": self.y, "label": self.label, "style": self.style}


def make_points(
    inputs: Tensor, labels: Tensor, styles: Tensor, classes: tuple[str, ...], extent: tuple[float, float, float, float]
) -> PlanePoints:
    """Select about 1,500 points, and all misclassified ones. inputs: [points, 2]."""
    shown = styles == WRONG
    shown[:: -(-len(labels) // MAX_SHOWN)] = True
    x, y = ([round(value, 4) for value in inputs[shown, axis].tolist()] for axis in (0, 1))
    shown_labels, shown_styles = labels[shown].tolist(), styles[shown].tolist()
    version = hashlib.sha256(repr((x, y, shown_labels, shown_styles)).encode()).hexdigest()[:12]
    return PlanePoints(x, y, shown_labels, shown_styles, classes, extent, len(labels), version)


def compute_extent(data: Dataset) -> tuple[float, float, float, float]:
    """Return the square in which every page shows these data.

    It is the square around the training points, for which the decision regions are computed, unless that cuts off a test point.
    """
    x_from, x_to, y_from, y_to = extent = get_plane_extent(data.spec, data.train.inputs)
    x, y = data.test.inputs.unbind(dim=1)
    inside = ((x > x_from) & (x < x_to) & (y > y_from) & (y < y_to)).all()
    if inside:
        return extent
    import torch

    return get_plane_extent(data.spec, torch.cat([data.train.inputs, data.test.inputs]))


def list_run_points(settings: DataSettings, seed: int) -> tuple[Dataset, Tensor, Tensor]:
    """Return the data set, the rows of it that a run with this seed uses, and their styles: hollow for validation.

    Raises:
        DatasetUnavailable: the data set is missing.
    """
    import torch

    from nn_core.data.split import split_train_val

    dataset = cache.get_dataset(settings)
    train_rows, validation_rows = split_train_val(dataset, settings.validation_share, seed, settings.train_examples)
    styles = torch.full((len(dataset.train.labels),), FILLED)
    styles[validation_rows] = HOLLOW
    used = torch.cat([train_rows, validation_rows]).sort().values
    return dataset, used, styles[used]


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={DataSettings: DataSettings.model_dump_json})
def load_plane_points(settings: DataSettings, seed: int) -> PlanePoints:
    """Load the points that a run with this seed trains on, and as hollow ones those that it uses for validation.

    Raises:
        DatasetUnavailable: the data set is missing.
    """
    dataset, used, styles = list_run_points(settings, seed)
    inputs, extent = dataset.train.inputs, get_plane_extent(dataset.spec, dataset.train.inputs)
    return make_points(inputs[used], dataset.train.labels[used], styles, dataset.spec.classes, extent)
