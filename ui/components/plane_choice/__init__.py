"""A choice of the data sets in the plane, shown as small pictures."""

import json
from collections.abc import Mapping
from pathlib import Path

from nn_core.data import DATASETS, DataSettings, PlaneSettings
from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["PLANAR", "choose_plane", "make_sketches"]

PLANAR = [name for name, spec in DATASETS.items() if spec.kind == "points"]
_HERE = Path(__file__).parent
_SKETCHES = json.loads((_HERE / "sketches.json").read_text(encoding="utf-8"))
"""Some points of each data set, by its name. Computing them needs torch, for which the first page of a new server must not wait.
Written from `make_sketches()`; a test compares them."""

_mount = declare_component("plane_choice", shared=("colours.js",), html='<div class="choice" role="radiogroup"></div>')


def choose_plane(name: str, *, version: int, key: str) -> str:
    """Show the choice and return the name of the chosen data set.

    Args:
        version: a new number makes the browser select `name`; with the same number it keeps the user's choice.
    """
    sets = [
        {"name": planar, "title": _(DATASETS[planar].title).partition(" (")[0], **_SKETCHES[planar]}
        for planar in PLANAR
    ]
    data = {"chosen": name, "version": version, "sets": sets, "label": _("Data set")}
    choice = _mount(key=key, data=data, default={"choice": None}, on_choice_change=lambda: None).choice
    if isinstance(choice, Mapping) and choice.get("version") == version and choice.get("chosen") in PLANAR:
        return str(choice["chosen"])
    return name


def make_sketches() -> dict[str, dict[str, list[float] | list[int]]]:
    """Compute the content of `sketches.json`."""
    from ui.components.boundary.points import load_plane_points

    sketches: dict[str, dict[str, list[float] | list[int]]] = {}
    for name in PLANAR:
        points = load_plane_points(DataSettings(name=name, plane=PlaneSettings(points=180, noise=0.06)), 0)
        sketches[name] = {
            "extent": [round(side, 2) for side in points.extent],
            "x": [round(x, 2) for x in points.x],
            "y": [round(y, 2) for y in points.y],
            "label": points.label,
        }
    return sketches
