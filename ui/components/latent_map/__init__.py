"""The map of an autoencoder's latent space: a click or a drag picks a point, which is decoded beside the map."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import streamlit as st

from nn_core.i18n import _
from ui.app.images import Pixels
from ui.components.shared import declare_component, get_component_value

__all__ = ["LatentMap", "draw_latent_map", "get_picked_point"]


_mount = declare_component(
    "latent_map",
    *("where.js", "drawing.js", "latent_map.js"),
    shared=("colours.js", "palette.js", "markers.js", "axes.js", "pictures.js", "tables.js", "text.js"),
)


@dataclass(frozen=True)
class LatentMap:
    """The content of the map.

    Attributes:
        places: positions of the test pictures, float32 [count, 2].
        labels: uint16 [count], each an index into `classes`.
        extent: (x from, x to, y from, y to).
        tiles: uint8 [rows · rows, channels, height, width], decoded from the centres of the map's cells, the lowest row first.
        shape: of one picture, (channels, height, width).
        axes: names of the two directions.
    """

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


def get_picked_point(key: str) -> tuple[float, float] | None:
    """Return the point that was picked last on the map with this key."""
    point = get_component_value(key, "point")
    return (float(point[0]), float(point[1])) if isinstance(point, list) and len(point) == 2 else None


def draw_latent_map(
    latent_map: LatentMap, point: tuple[float, float], decoded: Pixels, *, points: bool, tiles: bool, key: str
) -> None:
    """Draw the map with the picture of the picked point beside it.

    Args:
        point: the picked point.
        decoded: its picture, uint8 [channels, height, width].
        points: whether to show the test pictures as points.
        tiles: whether to show decoded pictures in the background.
        key: the element's key; the version that the browser has is kept in the session state under `<key>.sent`.
    """
    record = f"{key}.sent"
    sent = st.session_state.get(record)
    st.session_state[record] = latent_map.version
    data = {
        "version": latent_map.version,
        "columns": latent_map.columns() if sent != latent_map.version else None,
        "classes": latent_map.classes,
        "extent": latent_map.extent,
        "tileRows": latent_map.tile_rows,
        "shape": latent_map.shape,
        "point": point,
        "decoded": base64.b64encode(decoded.tobytes()).decode(),
        "show": {"points": points, "tiles": tiles},
        "text": {"x": latent_map.axes[0], "y": latent_map.axes[1], **_make_texts()},
    }
    _mount(
        key=key,
        data=data,
        on_point_change=lambda: None,
        # The browser reports that it lacks the points. This callback runs before the next run, which then sends them.
        on_need_change=lambda: st.session_state.pop(record, None),
    )


def _make_texts() -> dict[str, str | list[str]]:
    """The texts of the map; the browser replaces the braces."""
    return {
        "map": _("Map of the test pictures; arrow keys move the point that is decoded"),
        "role": _("map"),
        "decoded": _("Decoded from this point"),
        "near": _("Nearest test pictures to {point}: {classes}"),
        "counted": _("{label} ({count} of {all})"),
        "keys": _("Keyboard: arrow keys move the point, faster with Shift. Home goes to the centre."),
        "where": _("Positions of the classes"),
        "columns": [_("Class"), _("Part of the map"), _("Median"), _("Closest class"), _("Pictures")],
        "parts": [
            *(_("upper left"), _("upper middle"), _("upper right")),
            *(_("left"), _("middle"), _("right")),
            *(_("lower left"), _("lower middle"), _("lower right")),
        ],
    }
