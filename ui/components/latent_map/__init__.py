"""The map of what an autoencoder squeezed pictures into: a click or a drag picks a place, which is decoded beside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from nn_core.i18n import _
from ui.components.shared import join_scripts
from ui.data.picture_views import Pixels

__all__ = ["LatentMap", "draw_latent_map", "get_picked_place"]

_HERE = Path(__file__).parent
_SHARED = ("colours.js", "palette.js", "markers.js", "axes.js", "pictures.js", "tables.js", "text.js")

_mount = st.components.v2.component(
    "nn_lab.latent_map",
    html=(_HERE / "latent_map.html").read_text(encoding="utf-8"),
    css=(_HERE / "latent_map.css").read_text(encoding="utf-8"),
    js=join_scripts(_HERE, "where.js", "drawing.js", "latent_map.js", shared=_SHARED),
)


@dataclass(frozen=True)
class LatentMap:
    """places: float32 [count, 2]; labels: uint16 [count], each an index into `classes`; extent: (x from, x to, y from, y to);
    tiles: uint8 [rows · rows, channels, height, width], decoded from the middles of the map's cells, the lowest row first;
    axes: what the two directions are."""

    places: bytes
    labels: bytes
    classes: tuple[str, ...]
    extent: tuple[float, float, float, float]
    tiles: bytes
    tile_rows: int
    shape: tuple[int, ...]
    axes: tuple[str, str]

    @property
    def version(self) -> str:
        return hashlib.sha256(self.places + self.labels + self.tiles).hexdigest()[:12]

    def columns(self) -> dict[str, str]:
        return {name: base64.b64encode(getattr(self, name)).decode() for name in ("places", "labels", "tiles")}


def get_picked_place(key: str) -> tuple[float, float] | None:
    """The place that was picked last on the map of that key."""
    place = (st.session_state.get(key) or {}).get("place")
    return (float(place[0]), float(place[1])) if isinstance(place, list) and len(place) == 2 else None


def draw_latent_map(
    drawn: LatentMap, place: tuple[float, float], decoded: Pixels, *, points: bool, tiles: bool, key: str
) -> None:
    """Draws the map, with `decoded`, uint8 [channels, height, width], beside it: what lies at `place`.

    points and tiles: whether to show the pictures' own places and the decoded ones behind them. key: the element's key;
    what the browser has is kept in the session state under `<key>.sent`.
    """
    record = f"{key}.sent"
    sent = st.session_state.get(record)
    st.session_state[record] = drawn.version
    data: dict[str, Any] = {
        "version": drawn.version,
        "columns": drawn.columns() if sent != drawn.version else None,
        "classes": drawn.classes,
        "extent": drawn.extent,
        "tileRows": drawn.tile_rows,
        "shape": drawn.shape,
        "place": place,
        "decoded": base64.b64encode(decoded.tobytes()).decode(),
        "show": {"points": points, "tiles": tiles},
        "text": {
            "x": drawn.axes[0],
            "y": drawn.axes[1],
            **_text(),
        },
    }
    _mount(
        key=key,
        data=data,
        on_place_change=lambda: None,
        # The browser lacks the points: this runs before the next run, which then sends them.
        on_need_change=lambda: st.session_state.pop(record, None),
    )


def _text() -> dict[str, Any]:
    """What the map says; the browser fills in what stands in braces."""
    return {
        "map": _("Map of the test pictures; arrow keys move the place that is decoded"),
        "role": _("map"),
        "decoded": _("Decoded from this place"),
        "near": _("Nearest test pictures to {place}: {classes}"),
        "counted": _("{label} ({count} of {all})"),
        "keys": _("Keyboard: arrow keys move the place, with Shift further; Home goes to the middle."),
        "where": _("Where the classes lie"),
        "columns": [_("Class"), _("Part of the map"), _("Middle"), _("Closest class"), _("Pictures")],
        "parts": [
            *(_("upper left"), _("upper middle"), _("upper right")),
            *(_("left"), _("middle"), _("right")),
            *(_("lower left"), _("lower middle"), _("lower right")),
        ],
    }
