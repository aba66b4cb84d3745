"""Points in the plane, and how a network divides it: drawn on a canvas, fed with the new division only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.preview import Boundary
from ui.boundary.points import PlanePoints, plane_points
from ui.boundary.summary import region_in_words, regions_of
from ui.text import percent

__all__ = ["Announcement", "PlanePoints", "boundary", "plane_points"]

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
class Announcement:
    """What a screen reader says when the key is another one than before; what the page opens with is not said."""

    key: str = ""
    text: str = ""


def boundary(
    points: PlanePoints, preview: Boundary | None, *, key: str, announcement: Announcement | None = None
) -> None:
    """Draws the points and, once there is one, the division behind them; call it again with the next division.

    Args:
        points: what is learned from and what is held out; sent until the browser tells that it has received them. An update
            that a newer one overtakes is never seen, which is what happens to the first ones while a page opens.
        preview: the division; None shows the points alone.
        key: the element's key.
        announcement: what is to be said aloud, if anything.
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
            "extent": preview.extent if preview else points.extent,
            "grid": preview.model_dump(include={"size", "classes", "sureness", "step"}) if preview else None,
            "text": _text(points, preview),
            "announcement": {"key": said.key, "text": said.text},
        },
        on_received_change=lambda: None,
    )


def _text(points: PlanePoints, preview: Boundary | None) -> dict[str, Any]:
    shown = _("{count} points").format(count=points.count)
    regions = regions_of(preview, points) if preview else []
    said = (
        _("Decision boundary after epoch {epoch}").format(epoch=int(preview.epoch)) if preview else _("Not trained yet")
    )
    return {
        "held": _("held out"),
        "label": f"{said}, {shown}",
        "description": " ".join(map(region_in_words, points.classes, regions)),
        "notes": ["" if region.right is None else percent(region.right, 0) for region in regions],
    }
