"""Points in the plane, and how a network divides it: drawn on a canvas, fed with the new division only."""

from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.preview import Boundary
from ui.boundary.points import PlanePoints, plane_points

__all__ = ["PlanePoints", "boundary", "plane_points"]

_HERE = Path(__file__).parent
_CSS = (_HERE / "boundary.css").read_text(encoding="utf-8")
_JS = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("axes.js", "boundary.js"))

_mount = st.components.v2.component(
    "nn_lab.boundary",
    html='<div class="boundary"><canvas role="img"></canvas><ul class="legend"></ul></div>',
    css=_CSS,
    js=_JS,
)


def boundary(points: PlanePoints, preview: Boundary | None, *, key: str) -> None:
    """Draws the points and, once there is one, the division behind them; call it again with the next division.

    Args:
        points: what is learned from and what is held out; sent until the browser tells that it has received them. An update
            that a newer one overtakes is never seen, which is what happens to the first ones while a page opens.
        preview: the division; None shows the points alone.
        key: the element's key.
    """
    received = (st.session_state.get(key) or {}).get("received")
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
        },
        on_received_change=lambda: None,
    )


def _text(points: PlanePoints, preview: Boundary | None) -> dict[str, str]:
    shown = _("{count} points").format(count=points.count)
    said = (
        _("Decision boundary after epoch {epoch:.1f}").format(epoch=preview.epoch) if preview else _("Not trained yet")
    )
    return {"held": _("held out for validation"), "label": f"{said}, {shown}"}
