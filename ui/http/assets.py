"""The project's own scripts and styles, each at a URL that contains the hash of its content.

A changed file has a new URL, so browsers can cache each file for a year without checking whether it is current.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ui.components.shared import join_scripts

__all__ = ["PREFIX", "Asset", "find_asset", "get_asset"]

PREFIX = "nn-lab"
_HERE = Path(__file__).parent
_UI = _HERE.parent
_OF_EVERY_PAGE = ("reconnect.js", "browser_history.js", "first_paint.js", "menu_button.js", "first_paint.css")
_STYLE = ("style.css", "present.css")
_COMPONENTS = _UI / "components"


@dataclass(frozen=True)
class _Module:
    """The scripts and styles of a component that are sent as one JavaScript module."""

    folder: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    shared: tuple[str, ...]


_MODULES = (
    _Module(
        "live_chart",
        (
            "vendor/uPlot.iife.min.js",
            "history.js",
            "markers.js",
            "touch.js",
            "zoom.js",
            "kinds.js",
            "reading.js",
            "plot.js",
            "course.js",
            "chart.js",
            "live_chart.js",
        ),
        ("vendor/uPlot.min.css", "live_chart.css"),
        ("dom.js", "colours.js", "palette.js", "markers.js", "tables.js", "text.js"),
    ),
    _Module(
        "backprop_graph",
        (
            "vendor/dagre.min.js",
            "fold.js",
            "layout.js",
            "heat_map.js",
            "film.js",
            "cards.js",
            "panel.js",
            "weights.js",
            "backprop_graph.js",
        ),
        ("backprop_graph.css",),
        ("dom.js", "colours.js", "pictures.js", "text.js"),
    ),
    _Module(
        "vitals_view",
        ("figures.js", "blocks.js", "plots.js", "history.js", "activations.js", "vitals_view.js"),
        ("vitals_view.css",),
        ("dom.js", "colours.js", "palette.js", "axes.js", "pictures.js", "text.js"),
    ),
    _Module(
        "presentation",
        ("mode.js", "overlay.js", "digits.js", "attract.js", "keys.js", "presentation.js"),
        (),
        ("dom.js", "text.js"),
    ),
)


@dataclass(frozen=True)
class Asset:
    """A file of the project that is sent to browsers."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        return "text/javascript" if self.name.endswith(".js") else "text/css"

    @cached_property
    def path(self) -> str:
        """Relative to the root of the server, without a leading slash."""
        return f"{PREFIX}/{hashlib.sha256(self.content).hexdigest()[:16]}/{self.name}"


def get_asset(name: str) -> Asset:
    """Return the asset of this name. Raises KeyError."""
    return _load_assets()[name]


def find_asset(path: str) -> Asset | None:
    """Return the asset at this path; None if the path contains the hash of another version of the file."""
    return _index_by_path().get(path)


@cache
def _load_assets() -> dict[str, Asset]:
    files = (_UI / "assets" / "phone.css", *(_HERE / name for name in _OF_EVERY_PAGE))
    style = Asset("style.css", b"".join((_UI / "assets" / name).read_bytes() for name in _STYLE))
    assets = [style, *(Asset(file.name, file.read_bytes()) for file in files), *map(_join_module, _MODULES)]
    return {asset.name: asset for asset in assets}


def _join_module(module: _Module) -> Asset:
    """Join a component's scripts and styles into one JavaScript module, which `ui/components/shared/loader.js` imports."""
    folder = _COMPONENTS / module.folder
    style = "".join((folder / name).read_text(encoding="utf-8") for name in module.styles)
    scripts = join_scripts(folder, *module.scripts, shared=module.shared)
    return Asset(f"{module.folder}.js", f"{scripts}\nconst STYLE = {json.dumps(style)};\n".encode())


@cache
def _index_by_path() -> dict[str, Asset]:
    return {asset.path: asset for asset in _load_assets().values()}
