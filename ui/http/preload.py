"""The parts of Streamlit's frontend that a page needs, so that the browser loads them at once instead of one after the other.

Without these hints a part is requested only after the page's script has run on the server and its element has arrived, and what
that part imports only after that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["ELEMENTS", "preloads"]

ELEMENTS: dict[str, tuple[str, ...]] = {
    "": ("Button", "PageLink", "ImageList"),
    "playground": ("BidiComponent", "Button", "Slider", "Selectbox"),
    "train": ("ButtonGroup", "Selectbox", "NumberInput", "Slider", "Checkbox", "Button"),
    "train?run": ("Selectbox", "Metric", "PageLink", "BidiComponent"),
    "runs": ("DataFrame", "ButtonGroup"),
    "evaluate": ("Selectbox", "Metric", "BidiComponent"),
    "draw": ("Selectbox", "BidiComponent", "Button"),
    "text": ("Button",),
    "inside": ("Selectbox", "ImageList", "Button"),
    "data": ("ButtonGroup", "Selectbox", "Metric"),
}
"""The kinds of elements at the top of each page, by the name of Streamlit's file for them. Plotly is left out on purpose: its
4.7 MB would hold up everything else."""

_IMPORT = re.compile(r'(?:from|import)"\./([^"]+\.js)"')
_FOLDER = "static/js/"


def preloads(page: str, files: Mapping[str, Path], loaded: Iterable[str]) -> list[str]:
    """The files for the elements of a page, with all that they import.

    Args:
        page: a key of ELEMENTS; nothing is preloaded for any other.
        files: Streamlit's files by their path (`static/js/Name.hash.js`).
        loaded: those that every page loads anyway.
    """
    names = {path.removeprefix(_FOLDER).split(".")[0]: path for path in files if path.startswith(_FOLDER)}
    waiting = [names[name] for name in ELEMENTS.get(page, ()) if name in names]
    seen, found = set(loaded), []
    while waiting:
        path = waiting.pop(0)
        if path not in seen and path in files:
            seen.add(path)
            found.append(path)
            waiting += [_FOLDER + name for name in _IMPORT.findall(files[path].read_text(encoding="utf-8"))]
    return found
