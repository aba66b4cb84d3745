"""The points of a data set in the plane, as a browser draws them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import streamlit as st

from nn_core.data import DataSettings
from nn_core.runs.preview import square_around
from ui import cached

__all__ = ["PlanePoints", "plane_points"]

_SHOWN = 1500  # more would only hide each other


@dataclass(frozen=True)
class PlanePoints:
    """Those that are learned from and those held out, at most 1,500 of them.

    label: the index of each one's class; held: whether it is held out; extent: of a square around all of them;
    count: how many there are in all.
    """

    x: list[float]
    y: list[float]
    label: list[int]
    held: list[int]
    classes: tuple[str, ...]
    extent: tuple[float, float, float, float]
    count: int
    version: str

    def columns(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "label": self.label, "held": self.held}


@st.cache_resource(show_spinner=False, max_entries=20, hash_funcs={DataSettings: DataSettings.model_dump_json})
def plane_points(settings: DataSettings, seed: int) -> PlanePoints:
    """Held out are those that a run with this seed holds out. Raises DatasetUnavailable."""
    import torch

    from nn_core.data.split import hold_out

    dataset = cached.dataset(settings)
    inputs, labels = dataset.train.inputs, dataset.train.labels
    _learned, held_rows = hold_out(labels, settings.validation_share, seed)
    held = torch.zeros(len(labels), dtype=torch.int64)
    held[held_rows] = 1
    every = slice(None, None, -(-len(labels) // _SHOWN))
    x, y = ([round(value, 4) for value in inputs[every, axis].tolist()] for axis in (0, 1))
    shown_labels, shown_held = labels[every].tolist(), held[every].tolist()
    version = hashlib.sha256(repr((x, y, shown_labels, shown_held)).encode()).hexdigest()[:12]
    extent = square_around(inputs[:, 0].tolist(), inputs[:, 1].tolist())
    classes = dataset.spec.classes
    return PlanePoints(x, y, shown_labels, shown_held, classes, extent, len(labels), version)
