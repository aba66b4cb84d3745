"""The points of a data set in the plane with a value to predict, prepared for drawing in a browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DataSettings
from ui.components.boundary.points import MAX_SHOWN, compute_extent, list_run_points

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset

__all__ = ["ValuePoints", "load_value_points", "make_value_points"]


@dataclass(frozen=True)
class ValuePoints:
    """The points to draw.

    Attributes:
        style: FILLED or HOLLOW.
        extent: (x from, x to, y from, y to) of the square that is shown.
        low, high: the ends of the colour scale.
        count: of all points of the data, including those not drawn.
    """

    x: list[float]
    y: list[float]
    value: list[float]
    style: list[int]
    extent: tuple[float, float, float, float]
    low: float
    high: float
    count: int
    version: str

    def columns(self) -> dict[str, list[float] | list[int]]:
        return {"x": self.x, "y": self.y, "value": self.value, "style": self.style}


def make_value_points(inputs: Tensor, values: Tensor, styles: Tensor, data: Dataset) -> ValuePoints:
    """Select about 1,500 points.

    Args:
        inputs: float32 [points, 2].
        values: float32 [points].
        styles: [points].
        data: gives the extent and the colour scale, so that all pages show the same.
    """
    step = -(-len(values) // MAX_SHOWN)
    x, y = ([round(value, 4) for value in inputs[::step, axis].tolist()] for axis in (0, 1))
    shown = [float(f"{value:.4g}") for value in values[::step].tolist()]
    shown_styles = styles[::step].tolist()
    version = hashlib.sha256(repr((x, y, shown, shown_styles)).encode()).hexdigest()[:12]
    low, high = (each.item() for each in data.train.labels.aminmax())
    return ValuePoints(x, y, shown, shown_styles, compute_extent(data), low, high, len(values), version)


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={DataSettings: DataSettings.model_dump_json})
def load_value_points(settings: DataSettings, seed: int) -> ValuePoints:
    """Load the points that a run with this seed trains on, and as hollow ones those that it uses for validation.

    Raises:
        DatasetUnavailable: the data set is missing.
    """
    dataset, used, styles = list_run_points(settings, seed)
    return make_value_points(dataset.train.inputs[used], dataset.train.labels[used], styles, dataset)
