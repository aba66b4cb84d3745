"""The data sets in the plane as little pictures, of which one is chosen."""

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


def plane_choice(name: str, *, key: str) -> str:
    """Draws them and gives the chosen one's name; `name` is chosen at first."""
    sets = []
    for planar in PLANAR:
        points = plane_points(DataSettings(name=planar, plane=_SKETCH), 0)
        title = _(DATASETS[planar].title).partition(" (")[0]
        sets.append({"name": planar, "title": title, "extent": points.extent, **points.columns()})
    data = {"chosen": name, "sets": sets, "label": _("Data set")}
    chosen = _mount(key=key, data=data, default={"chosen": name}, on_chosen_change=lambda: None).chosen
    return chosen if chosen in PLANAR else name
