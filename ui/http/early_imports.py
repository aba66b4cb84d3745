"""Imports what a page's script needs while the browser still loads JavaScript, when the server would be idle.

Only complete packages are imported, by their top-level module: another thread that imports a submodule then waits for the package
instead of getting an unfinished module. What a page needs later is imported after the page is shown (`ui.app.preload`).
"""

from __future__ import annotations

import importlib
import logging
import threading
from functools import cache

from ui.app.sitemap import SITEMAP

__all__ = ["import_at_start", "import_for_page"]

_OF_EVERY_PAGE = ("numpy", "PIL.Image", "nn_core.config", "nn_core.data", "nn_core.runs")


def import_at_start() -> None:
    """Import what every page needs. Takes 0.25 s once, before the server answers requests."""
    for module in _OF_EVERY_PAGE:
        importlib.import_module(module)


def import_for_page(page: str) -> None:
    """Begin to import, in the background, what this page needs; once for each package."""
    if entry := SITEMAP.get(page):
        for package in entry.imports:
            _start_import(package)


@cache
def _start_import(package: str) -> None:
    threading.Thread(target=_import, args=[package], name=f"import-{package}", daemon=True).start()


def _import(package: str) -> None:
    try:
        importlib.import_module(package)
    except Exception:  # the page that needs it reports it
        logging.getLogger("nn_lab").exception("'%s' could not be imported early.", package)
