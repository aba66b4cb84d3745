"""The dashes and markers of all charts, and how a component is declared from its files and the small scripts that several include."""

import json
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

__all__ = [
    "DASHES",
    "MARKERS",
    "Marker",
    "declare_component",
    "declare_loaded_component",
    "get_component_value",
    "join_scripts",
]

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
    "cross": Marker("M-0.36 -1.1H0.36V-0.36H1.1V0.36H0.36V1.1H-0.36V0.36H-1.1V-0.36H-0.36Z", "cross"),
    "down": Marker("M0 1.25L1.25 -0.88H-1.25Z", "triangle-down"),
    "bar": Marker("M-0.36 -1.25H0.36V1.25H-0.36Z", "star"),
}
"""The markers of lines and classes, in this order. A plain x is not among them, because it marks wrong answers."""


def declare_component(
    name: str, *scripts: str, shared: tuple[str, ...] = (), html: str | None = None
) -> ComponentRenderer:
    """Declare the component in the folder `name` of `ui/components` to Streamlit.

    Its style is `<name>.css`, if there is one. Elements of the class `unseen` are only for screen readers.

    Args:
        name: of the component and its folder.
        scripts: of the component; `<name>.js` by default.
        shared: scripts and styles of this package that come before them.
        html: the elements; by default those in `<name>.html`.
    """
    folder = _HERE.parent / name
    styles = [_HERE / "unseen.css", *(_HERE / file for file in shared if file.endswith(".css")), folder / f"{name}.css"]
    shared_scripts = tuple(file for file in shared if file.endswith(".js"))
    return st.components.v2.component(
        f"nn_lab.{name}",
        html=html or _read(folder / f"{name}.html"),
        css=_read(*filter(Path.is_file, styles)),
        js=join_scripts(folder, *(scripts or [f"{name}.js"]), shared=shared_scripts),
    )


def declare_loaded_component(name: str) -> ComponentRenderer:
    """Declare a component whose scripts are a file of the server (`ui.http.assets`), because Streamlit sends a component's own source
    with every update. The path of the file is passed as `library` in the data."""
    return st.components.v2.component(f"nn_lab.{name}", js=_read(_HERE / "loader.js"))


def get_component_value(key: str, name: str) -> object:
    """The value of this name that the component with this key has sent; None if it has sent none."""
    return (st.session_state.get(key) or {}).get(name)


def join_scripts(folder: Path, *names: str, shared: tuple[str, ...] = ()) -> str:
    """One JavaScript module: the named scripts of this package, then those of a component's folder.

    The dashes and markers come first if `markers.js`, which uses them, is among the scripts.
    """
    files = [*(_HERE / name for name in shared), *(folder / name for name in names)]
    if "markers.js" not in shared:
        return _read(*files)
    styles = {"dashes": DASHES, "markers": {name: marker.path for name, marker in MARKERS.items()}}
    return f"const CHART_STYLES = {json.dumps(styles)};\n{_read(*files)}"


def _read(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
