"""Writes the small pictures of the data sets in the plane, from which users of the Playground choose.

Run with `python -m scripts.plane_sketches`.
"""

import json

from nn_core.data import DataSettings, PlaneSettings
from nn_core.paths import PROJECT
from ui.components.boundary import load_plane_points
from ui.components.plane_choice import PLANAR

__all__ = ["SKETCHES", "main", "make_sketches"]

SKETCHES = PROJECT / "ui" / "components" / "plane_choice" / "sketches.json"


def main() -> None:
    """Write the file."""
    SKETCHES.write_text(json.dumps(make_sketches(), separators=(",", ":")) + "\n", encoding="utf-8")


def make_sketches() -> dict[str, dict[str, list[float] | list[int]]]:
    """Compute the content of the file: some points of each data set, by its name."""
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


if __name__ == "__main__":
    main()
