"""The dashes and markers of all charts, and the small scripts that several components include."""

import json
from pathlib import Path
from typing import NamedTuple

__all__ = ["DASHES", "MARKERS", "Marker", "join_scripts"]

_HERE = Path(__file__).parent


class Marker(NamedTuple):
    """The shape of a point.

    Attributes:
        path: its outline as an SVG path around (0, 0). All shapes cover about the area of a circle of radius 1. It has no arcs (A),
            because every number in it is scaled.
        plotly: Plotly's name for the shape, or for one that stands in for it.
    """

    path: str
    plotly: str


DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (10, 3, 2, 3), (14, 4), (14, 4, 2, 4))
"""The dashes of lines: lengths of dash, gap, dash, gap … in pixels; () is solid. Lines and classes use them in this order."""

MARKERS = {
    "circle": Marker(
        "M1 0C1 0.552 0.552 1 0 1C-0.552 1 -1 0.552 -1 0C-1 -0.552 -0.552 -1 0 -1C0.552 -1 1 -0.552 1 0Z", "circle"
    ),
    "square": Marker("M-0.88 -0.88H0.88V0.88H-0.88Z", "square"),
    "triangle": Marker("M0 -1.25L1.25 0.88H-1.25Z", "triangle-up"),
    "diamond": Marker("M0 -1.25L1.25 0L0 1.25L-1.25 0Z", "diamond"),
    "cross": Marker(
        "M-0.36 -1.1H0.36V-0.36H1.1V0.36H0.36V1.1H-0.36V0.36H-1.1V-0.36H-0.36Z",
        "cross",
    ),
    "down": Marker("M0 1.25L1.25 -0.88H-1.25Z", "triangle-down"),
    "bar": Marker("M-0.36 -1.25H0.36V1.25H-0.36Z", "star"),
}
"""The markers of lines and classes, in this order. A plain x is not among them, because it marks wrong answers."""


def join_scripts(folder: Path, *names: str, shared: tuple[str, ...] = ()) -> str:
    """One JavaScript module: the dashes and markers, the named scripts of this package, then those of a component's folder."""
    styles = {"dashes": DASHES, "markers": {name: marker.path for name, marker in MARKERS.items()}}
    files = [*(_HERE / name for name in shared), *(folder / name for name in names)]
    scripts = [file.read_text(encoding="utf-8") for file in files]
    return "\n".join([f"const CHART_STYLES = {json.dumps(styles)};", *scripts])
