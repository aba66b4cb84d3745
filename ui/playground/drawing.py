"""The plane of the Playground: the points of the data set, or those that the user draws, over what the network computes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st

from nn_core.config import RunConfig
from nn_core.data import DATASETS, find_configured_dataset
from nn_core.data.drawn_points import (
    DRAWN_LABELS,
    DRAWN_REACH,
    MAX_DRAWN,
    DrawnPoint,
    list_labels,
    round_point,
)
from nn_core.jobs.previews import Boundary, Surface
from nn_core.paths import get_data_folder
from ui.auth.permissions import can_change
from ui.components.boundary import Announcement, Brush, PlanePoints, load_plane_points, show_boundary
from ui.components.shared import get_component_value
from ui.components.surface import load_value_points, show_surface
from ui.playground.shown import get_shown, request_page

__all__ = ["show_plane"]

_KEY = "playground_boundary"
_SURFACE_KEY = "playground_surface"
_COUNT = "playground_strokes"  # how many strokes of the brush the session has received


def _is_regression(config: RunConfig) -> bool:
    """Whether the network learns a value instead of classes."""
    return config.data.name != "drawn" and find_configured_dataset(config.data, get_data_folder()).is_regression


def show_plane(config: RunConfig, preview: Boundary | Surface | None, announcement: Announcement) -> None:
    """Show the points and the run's regions or values; points are drawn and erased in the plane if the data are the user's."""
    if _is_regression(config):
        values = load_value_points(config.data, config.training.seed)
        surface = preview if isinstance(preview, Surface) else None
        show_surface(values, surface, key=_SURFACE_KEY, announcement=announcement)
        return
    preview = preview if isinstance(preview, Boundary) else None
    if config.data.name != "drawn":
        points = load_plane_points(config.data, config.training.seed)
        show_boundary(points, preview, key=_KEY, announcement=announcement)
        return
    drawn = config.data.plane.drawn
    brush = (
        Brush(tuple(DRAWN_LABELS), MAX_DRAWN, DRAWN_REACH, st.session_state.get(_COUNT, 0)) if can_change() else None
    )
    show_boundary(
        _make_drawn_points(drawn),
        _restore_labels(preview, list_labels(drawn)) if preview else None,
        key=_KEY,
        announcement=announcement,
        brush=brush,
        on_draw=_apply_drawing,
    )


def _make_drawn_points(drawn: Sequence[DrawnPoint]) -> PlanePoints:
    x, y, label = ([point[axis] for point in drawn] for axis in range(3))
    extent = DATASETS["drawn"].extent
    assert extent
    labels = list(map(int, label))
    classes = tuple(DRAWN_LABELS[: max([1, *labels]) + 1])
    version = hashlib.sha256(repr(drawn).encode()).hexdigest()[:12]
    return PlanePoints(x, y, labels, [0] * len(labels), classes, extent, len(labels), version)


def _restore_labels(preview: Boundary, labels: Sequence[int]) -> Boundary:
    """The regions with the labels of the brush; the network numbers only the classes that were drawn."""
    if list(labels) == list(range(len(labels))):
        return preview
    cells = np.frombuffer(base64.b64decode(preview.classes), np.uint8)
    table = np.array(labels, np.uint8)
    restored = base64.b64encode(table[cells.clip(0, len(table) - 1)].tobytes()).decode()
    return preview.model_copy(update={"classes": restored})


def _apply_drawing() -> None:
    given = get_component_value(_KEY, "drawn")
    points = given.get("points") if isinstance(given, dict) else None
    count = given.get("count") if isinstance(given, dict) else None
    if not isinstance(points, list) or len(points) > MAX_DRAWN or not all(map(_is_point, points)):
        return
    st.session_state[_COUNT] = count if isinstance(count, int) else 0
    get_shown()["drawn"] = tuple(round_point((float(x), float(y), label)) for x, y, label in points)
    request_page()


def _is_point(point: object) -> bool:
    if not (isinstance(point, list) and len(point) == 3):
        return False
    *place, label = point
    is_place = all(type(each) in (int, float) and abs(each) <= DRAWN_REACH for each in place)
    return is_place and type(label) is int and 0 <= label < len(DRAWN_LABELS)
