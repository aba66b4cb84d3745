"""Points in the plane, and how a network divides it: drawn on a canvas, fed with the new division only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.preview import Boundary
from ui.boundary.points import PlanePoints, plane_points
from ui.boundary.summary import division_in_words, regions_of
from ui.text import percent

__all__ = ["Announcement", "PlanePoints", "Words", "boundary", "draw_plane", "plane_points"]

_HERE = Path(__file__).parent
_CSS = (_HERE / "boundary.css").read_text(encoding="utf-8")
_SCRIPTS = ("axes.js", "colours.js", "regions.js", "boundary.js")
_JS = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)

_mount = st.components.v2.component(
    "nn_lab.boundary",
    html="""<div class="boundary"><canvas role="img" aria-describedby="description"></canvas><ul class="legend"></ul>
    <p class="unseen" id="description"></p><p class="unseen" role="status"></p></div>""",
    css=_CSS,
    js=_JS,
)


@dataclass(frozen=True)
class Words:
    """What is said of the picture.

    label: its name; description: what a screen reader says of it; hollow, wrong: what such points are, in the legend, empty
    where there are none; notes: a word for each class beside its name there.
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


def boundary(
    points: PlanePoints, preview: Boundary | None, *, key: str, announcement: Announcement | None = None
) -> None:
    """The points that a run learns from and, once there is one, its division of the plane behind them; call it again with the
    next division.

    Args:
        points: hollow are those held out.
        preview: the division; None shows the points alone.
        key: the element's key.
        announcement: what is to be said aloud, if anything.
    """
    regions = regions_of(preview, points) if preview else []
    said = (
        _("Decision boundary after epoch {epoch}").format(epoch=int(preview.epoch)) if preview else _("Not trained yet")
    )
    words = Words(
        label=_("{said}, {count} points").format(said=said, count=points.count),
        description=division_in_words(points.classes, regions, _("held-out")) if preview else "",
        hollow=_("held out"),
        notes=["" if region.right is None else percent(region.right, 0) for region in regions],
    )
    draw_plane(points, preview, words, key=key, announcement=announcement)


def draw_plane(
    points: PlanePoints,
    division: Boundary | None,
    words: Words,
    *,
    key: str,
    announcement: Announcement | None = None,
) -> None:
    """Any points, with or without a division behind them.

    The points are sent until the browser tells that it has received them: an update that a newer one overtakes is never seen,
    which is what happens to the first ones while a page opens.
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
            "grid": division.model_dump(include={"size", "classes", "sureness", "margin", "step"})
            if division
            else None,
            "text": asdict(words),
            "announcement": asdict(said),
        },
        on_received_change=lambda: None,
    )
