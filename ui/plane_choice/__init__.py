"""The data sets in the plane as little pictures, of which one is chosen."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from nn_core.data import DATASETS, DataSettings, PlaneSettings
from nn_core.i18n import _
from ui.boundary import plane_points

__all__ = ["PLANAR", "plane_choice"]

PLANAR = [name for name, spec in DATASETS.items() if spec.kind == "points"]
_HERE = Path(__file__).parent
_SKETCH = PlaneSettings(points=180, noise=0.06)

_mount = st.components.v2.component(
    "nn_lab.plane_choice",
    html='<div class="choice" role="radiogroup"></div>',
    css=(_HERE / "plane_choice.css").read_text(encoding="utf-8"),
    js=(_HERE / "plane_choice.js").read_text(encoding="utf-8"),
)


def plane_choice(name: str, *, version: int, key: str) -> str:
    """Draws them and gives the chosen one's name.

    version: another number makes the browser take `name` for the chosen one; until then it keeps what the user chose.
    """
    sets = []
    for planar in PLANAR:
        points = plane_points(DataSettings(name=planar, plane=_SKETCH), 0)
        title = _(DATASETS[planar].title).partition(" (")[0]
        sets.append({"name": planar, "title": title, "extent": points.extent, **points.columns()})
    data = {"chosen": name, "version": version, "sets": sets, "label": _("Data set")}
    made = _mount(key=key, data=data, default={"made": None}, on_made_change=lambda: None).made
    if isinstance(made, Mapping) and made.get("version") == version and made.get("chosen") in PLANAR:
        return str(made["chosen"])
    return name
