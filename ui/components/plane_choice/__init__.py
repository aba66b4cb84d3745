"""A choice of the data sets in the plane, shown as small pictures."""

import json
from collections.abc import Mapping
from pathlib import Path

from nn_core.data import DATASETS
from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["PLANAR", "choose_plane"]

PLANAR = [name for name, spec in DATASETS.items() if spec.kind == "points"]
_HERE = Path(__file__).parent
_SKETCHES = json.loads((_HERE / "sketches.json").read_text(encoding="utf-8"))
"""Some points of each data set, by its name. Computing them needs torch, for which the first page of a new server must not wait.
A script (`python -m scripts.plane_sketches`) writes them; a test compares them."""

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
