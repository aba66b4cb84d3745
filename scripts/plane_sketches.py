"""Writes the small pictures of the data sets in the plane, from which users of the Playground choose.

Run with `python -m scripts.plane_sketches`.
"""

import json
import math

from nn_core.data import DATASETS, DataSettings, PlaneSettings
from nn_core.paths import PROJECT
from ui.components.boundary import load_plane_points
from ui.components.plane_choice import PLANAR
from ui.components.surface import load_value_points

__all__ = ["SKETCHES", "main", "make_sketches"]

SKETCHES = PROJECT / "ui" / "components" / "plane_choice" / "sketches.json"


def main() -> None:
    """Write the file."""
    SKETCHES.write_text(json.dumps(make_sketches(), separators=(",", ":")) + "\n", encoding="utf-8")


def make_sketches() -> dict[str, dict[str, list[float] | list[int]]]:
    """Compute the content of the file: some points of each data set, by its name."""
    return {name: _make_sketch(name) for name in PLANAR}


def _make_sketch(name: str) -> dict[str, list[float] | list[int]]:
    settings = DataSettings(name=name, plane=PlaneSettings(points=180, noise=0.06))
    if name == "drawn":
        extent: tuple[float, ...] = (-2.2, 2.2, -2.2, 2.2)
        x, y, label = _scribble()
    elif DATASETS[name].is_regression:
        values = load_value_points(settings, 0)
        middle = (values.low + values.high) / 2
        extent, x, y, label = values.extent, values.x, values.y, [int(value < middle) for value in values.value]
    else:
        points = load_plane_points(settings, 0)
        extent, x, y, label = points.extent, points.x, points.y, points.label
    return {
        "extent": [round(side, 2) for side in extent],
        "x": [round(each, 2) for each in x],
        "y": [round(each, 2) for each in y],
        "label": label,
    }


def _scribble() -> tuple[list[float], list[float], list[int]]:
    """Two strokes of a brush."""
    steps = [step / 24 for step in range(25)]
    waves = [
        (3.2 * step - 1.6, 1.1 * math.sin(6 * step) + side, int(side < 0)) for side in (0.6, -0.6) for step in steps
    ]
    return [x for x, _y, _label in waves], [y for _x, y, _label in waves], [label for _x, _y, label in waves]


if __name__ == "__main__":
    main()
