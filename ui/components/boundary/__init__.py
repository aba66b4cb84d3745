"""Points in the plane, and how a network divides it: drawn on a canvas, fed with the new division only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.components.boundary.points import PlanePoints, load_plane_points
from ui.components.boundary.summary import describe_division, find_regions
from ui.components.shared import join_scripts

__all__ = ["Announcement", "PlanePoints", "PlaneText", "draw_plane", "load_plane_points", "show_boundary"]

_HERE = Path(__file__).parent
_SHARED = ("colours.js", "markers.js", "axes.js", "pictures.js")

_mount = st.components.v2.component(
    "nn_lab.boundary",
    html="""<div class="boundary"><canvas role="img" aria-describedby="description"></canvas><ul class="legend"></ul>
    <p class="unseen" id="description"></p><p class="unseen" role="status"></p></div>""",
    css=(_HERE / "boundary.css").read_text(encoding="utf-8"),
    js=join_scripts(_HERE, "regions.js", "boundary.js", shared=_SHARED),
)


@dataclass(frozen=True)
class PlaneText:
    """The text that goes with the picture.

    label: its name; description: for screen readers; hollow, wrong: what such points are, for the legend, empty where there are
    none; notes: for each class, shown beside its name in the legend.
    """

    label: str
    description: str
    hollow: str = ""
    wrong: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Announcement:
    """What a screen reader says when the key is another one than before; what the page opens with is not said."""

    key: str = ""
    text: str = ""


def show_boundary(
    points: PlanePoints, preview: Boundary | None, *, key: str, announcement: Announcement | None = None
) -> None:
    """The points that a run learns from and, once there is one, its division of the plane behind them; call it again with each
    new division.

    Args:
        points: those held out are hollow.
        preview: the division; None shows the points alone.
        key: the element's key.
        announcement: what is to be said aloud, if anything.
    """
    regions = find_regions(preview, points) if preview else []
    title = (
        _("Decision boundary after epoch {epoch}").format(epoch=int(preview.epoch)) if preview else _("Not trained yet")
    )
    text = PlaneText(
        label=_("{title}, {count} points").format(title=title, count=points.count),
        description=describe_division(points.classes, regions, _("held-out")) if preview else "",
        hollow=_("held out"),
        notes=["" if region.right is None else format_percent(region.right, 0) for region in regions],
    )
    draw_plane(points, preview, text, key=key, announcement=announcement)


def draw_plane(
    points: PlanePoints,
    division: Boundary | None,
    text: PlaneText,
    *,
    key: str,
    announcement: Announcement | None = None,
) -> None:
    """Any points, with or without a division behind them.

    The points are sent until the browser confirms them: an update that a newer one overtakes never arrives, which is what happens
    to the first ones while a page opens.
    """
    received = (st.session_state.get(key) or {}).get("received")
    said = announcement or Announcement()
    _mount(
        key=key,
        data={
            "version": points.version,
            "received": received,
            "points": points.columns() if received != points.version else None,
            "classes": points.classes,
            "extent": division.extent if division else points.extent,
            "grid": division.model_dump(include={"size", "classes", "confidence", "margin", "step"})
            if division
            else None,
            "text": asdict(text),
            "announcement": asdict(said),
        },
        on_received_change=lambda: None,
    )
