"""The data sets in the plane as little pictures, of which one is chosen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from nn_core.data import DATASETS, DataSettings, PlaneSettings
from nn_core.i18n import _

__all__ = ["PLANAR", "choose_plane", "make_sketches"]

PLANAR = [name for name, spec in DATASETS.items() if spec.kind == "points"]
_HERE = Path(__file__).parent
_SKETCHES = json.loads((_HERE / "sketches.json").read_text(encoding="utf-8"))
"""Some points of each data set, by its name: drawing them anew needs torch, for which a fresh server's first page must not
wait. Written by `sketches()`; a test compares them."""

_mount = st.components.v2.component(
    "nn_lab.plane_choice",
    html='<div class="choice" role="radiogroup"></div>',
    css=(_HERE / "plane_choice.css").read_text(encoding="utf-8"),
    js=(_HERE / "plane_choice.js").read_text(encoding="utf-8"),
)


def choose_plane(name: str, *, version: int, key: str) -> str:
    """Draws them and gives the chosen one's name.

    version: another number makes the browser take `name` for the chosen one; until then it keeps what the user chose.
    """
    sets = [
        {"name": planar, "title": _(DATASETS[planar].title).partition(" (")[0], **_SKETCHES[planar]}
        for planar in PLANAR
    ]
    data = {"chosen": name, "version": version, "sets": sets, "label": _("Data set")}
    made = _mount(key=key, data=data, default={"made": None}, on_made_change=lambda: None).made
    if isinstance(made, Mapping) and made.get("version") == version and made.get("chosen") in PLANAR:
        return str(made["chosen"])
    return name


def make_sketches() -> dict[str, dict[str, Any]]:
    """What `sketches.json` holds."""
    from ui.components.boundary.points import load_plane_points

    made = {}
    for name in PLANAR:
        points = load_plane_points(DataSettings(name=name, plane=PlaneSettings(points=180, noise=0.06)), 0)
        made[name] = {
            "extent": [round(side, 2) for side in points.extent],
            "x": [round(x, 2) for x in points.x],
            "y": [round(y, 2) for y in points.y],
            "label": points.label,
        }
    return made
