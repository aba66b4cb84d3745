"""The points of a data set in the plane, as a browser draws them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from nn_core.data import DataSettings
from nn_core.jobs.previews import compute_square_extent
from ui.app import cache

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset

__all__ = ["FILLED", "HOLLOW", "WRONG", "PlanePoints", "compute_extent", "load_plane_points", "make_points"]

_SHOWN = 1500  # more would only hide each other
FILLED, HOLLOW, WRONG = range(3)
"""How a point is drawn: as its class's shape, as its outline, or large and crossed out."""


@dataclass(frozen=True)
class PlanePoints:
    """The points that are drawn.

    label: the index of each one's class; look: FILLED, HOLLOW or WRONG; extent: of a square around all of them; count: how
    many there are in all, of which not all need be drawn.
    """

    x: list[float]
    y: list[float]
    label: list[int]
    look: list[int]
    classes: tuple[str, ...]
    extent: tuple[float, float, float, float]
    count: int
    version: str

    def columns(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "label": self.label, "look": self.look}


def make_points(
    inputs: Tensor, labels: Tensor, looks: Tensor, classes: tuple[str, ...], extent: tuple[float, float, float, float]
) -> PlanePoints:
    """At most 1,500 of them, and all of the wrong ones. inputs: (points, 2)."""
    shown = looks == WRONG
    shown[:: -(-len(labels) // _SHOWN)] = True
    x, y = ([round(value, 4) for value in inputs[shown, axis].tolist()] for axis in (0, 1))
    shown_labels, shown_looks = labels[shown].tolist(), looks[shown].tolist()
    version = hashlib.sha256(repr((x, y, shown_labels, shown_looks)).encode()).hexdigest()[:12]
    return PlanePoints(x, y, shown_labels, shown_looks, classes, extent, len(labels), version)


def compute_extent(data: Dataset) -> tuple[float, float, float, float]:
    """The square in which every page shows these data: around the training points, for which the network's division is known,
    or around all of them where a test point would be cut off."""
    x_from, x_to, y_from, y_to = extent = _square(data.train.inputs)
    x, y = data.test.inputs.unbind(dim=1)
    inside = ((x > x_from) & (x < x_to) & (y > y_from) & (y < y_to)).all()
    if inside:
        return extent
    import torch

    return _square(torch.cat([data.train.inputs, data.test.inputs]))


def _square(inputs: Tensor) -> tuple[float, float, float, float]:
    return compute_square_extent(inputs[:, 0].tolist(), inputs[:, 1].tolist())


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={DataSettings: DataSettings.model_dump_json})
def load_plane_points(settings: DataSettings, seed: int) -> PlanePoints:
    """The training points; those that a run with this seed holds out are hollow. Raises DatasetUnavailable."""
    import torch

    from nn_core.data.split import split_stratified

    dataset = cache.get_dataset(settings)
    inputs, labels = dataset.train.inputs, dataset.train.labels
    _learned, held_rows = split_stratified(labels, settings.validation_share, seed)
    looks = torch.full((len(labels),), FILLED)
    looks[held_rows] = HOLLOW
    return make_points(inputs, labels, looks, dataset.spec.classes, _square(inputs))
