"""Imports what a page's script needs while the browser still loads the page's own scripts, when the server would be idle.

Only packages that are imported whole, by their top-level module: another thread that imports a part of one then waits for all of it
instead of getting an unfinished module. What a page needs later is imported once the page is shown (`ui.app.preload`).
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
    """Import what every page needs. It takes a quarter of a second, once, before the server answers."""
    for module in _OF_EVERY_PAGE:
        importlib.import_module(module)


def import_for_page(page: str) -> None:
    """Begin to import, in the background, what this page needs; once for each package."""
    if entry := SITEMAP.get(page):
        for package in entry.imports:
            _begin(package)


@cache
def _begin(package: str) -> None:
    threading.Thread(target=_import, args=[package], name=f"import-{package}", daemon=True).start()


def _import(package: str) -> None:
    try:
        importlib.import_module(package)
    except Exception:  # the page that needs it reports it
        logging.getLogger("nn_lab").exception("'%s' could not be imported early.", package)
