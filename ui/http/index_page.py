"""The HTML of a page: Streamlit's own, with our title, icon, style, a first paint and preload hints.

Streamlit's page is empty until a megabyte of JavaScript has run. Until then ours shows the page's title and the list of pages as links
in their final positions. Preload hints name the files of Streamlit's frontend that the page needs; without them a file is requested
only after the page's script has run on the server. None of it is an inline script.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

from nn_core.i18n import _
from ui.app.sitemap import APP, SITEMAP
from ui.http.assets import get_asset

__all__ = ["ELEMENTS", "PAGES", "IndexPage", "Page", "list_preloads"]

PAGES = {"" if name == "home" else name: entry for name, entry in SITEMAP.items()}
"""By their address, in the order of the sidebar."""
ELEMENTS = {address: entry.elements for address, entry in PAGES.items()} | {
    f"{address}?run": entry.elements_of_run for address, entry in PAGES.items() if entry.elements_of_run
}
"""The kinds of elements that are preloaded, by address; `<address>?run` is the page with a run."""

_IMPORT = re.compile(r'(?:from|import)"\./([^"]+\.js)"')
_FOLDER = "static/js/"
_PHONE = "(max-width: 640px), (max-height: 500px)"  # other browsers do not wait for what is only for phones


def list_preloads(page: str, files: Mapping[str, Path], loaded: Iterable[str]) -> list[str]:
    """List the files for the elements of a page, including everything that they import.

    Args:
        page: a key of ELEMENTS; nothing is preloaded for any other.
        files: Streamlit's files by their path (`static/js/Name.hash.js`).
        loaded: files that every page loads anyway.
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


_LOGO = Path(__file__).parent.parent / "assets" / "logo.svg"
_INLINE_SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_MAIN = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_NOSCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
_SCRIPT = re.compile(r'\./(static/js/[^"]+\.js)')


@dataclass(frozen=True)
class Page:
    """The HTML of a page, and a digest that changes with it."""

    content: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]


class IndexPage:
    """Builds each page once.

    Args:
        template: Streamlit's index.html.
        files: Streamlit's files by their path below its root (`static/js/…`).
    """

    def __init__(self, template: str, files: Mapping[str, Path]) -> None:
        self._template, self._files = template, files
        self._pages: dict[str | None, Page] = {}
        self.first_files = [path for path in _SCRIPT.findall(template) if path in files]
        """The scripts that every page loads, as named in the template."""

    def get_page(self, path: str, *, has_run: bool = False) -> Page:
        """Return the HTML for `/path`. For an unknown path, Streamlit's frontend then says that the page does not exist."""
        with_run = f"{path}?run" if has_run else path
        key = next((name for name in (with_run, path) if name in ELEMENTS), None)
        if key not in self._pages:
            self._pages[key] = Page(self._build(key).encode())
        return self._pages[key]

    def _build(self, key: str | None) -> str:
        """key: of ELEMENTS; None for an unknown page."""
        path = None if key is None else key.removesuffix("?run")
        title = f"{_(PAGES[path].title)} · {APP}" if path else APP
        html = _INLINE_SCRIPT.sub("", self._template)
        html = _TITLE.sub(lambda _match: f"<title>{escape(title)}</title>", html, count=1)
        html = _NOSCRIPT.sub("", html)
        parts = list_preloads(key, self._files, self.first_files) if key is not None else []
        hints = "".join(f'<link rel="modulepreload" crossorigin href="./{part}">' for part in parts)
        # The main script is loaded at once, but started only after the first paint (first_paint.js).
        main = found[1] if (found := _MAIN.search(html)) else ""
        html = _MAIN.sub(lambda match: f'<link rel="modulepreload" crossorigin href="{match[1]}">', html, count=1)
        # Before everything else, because a browser requests six files at a time, and the first paint waits for these.
        first = (
            f'<link rel="stylesheet" href="./{get_asset("first_paint.css").path}">'
            f'<script src="./{get_asset("first_paint.js").path}" data-main="{main}"></script>'
            f'<script src="./{get_asset("reconnect.js").path}" defer></script>'
            f'<script src="./{get_asset("browser_history.js").path}" defer></script>'
            f'<script src="./{get_asset("menu_button.js").path}" data-menu="{escape(_("Menu"))}" '
            f'data-close="{escape(_("Close menu"))}" defer></script>'
        )
        html = html.replace("<head>", f'<head><meta name="color-scheme" content="light dark">{first}', 1)
        html = html.replace("</head>", f"{hints}</head>", 1)
        # The style comes after the head, to which Streamlit adds its own, so that ours wins with the same specificity.
        style = (
            f'<link rel="stylesheet" href="./{get_asset("style.css").path}">'
            f'<link rel="stylesheet" href="./{get_asset("phone.css").path}" media="{_PHONE}">'
        )
        return html.replace('<div id="root"></div>', f'{_first_paint(path)}<div id="root"></div>{style}', 1)


def _first_paint(path: str | None) -> str:
    links = "".join(
        f'<a href="./{address}"{" aria-current=page" if address == path else ""}>{escape(_(page.title))}</a>'
        for address, page in PAGES.items()
    )
    heading = _(PAGES[path].heading or PAGES[path].title) if path is not None else APP
    needs_script = _("NN Lab needs JavaScript. Allow it for this page and reload.")
    return (
        f'<div id="first-paint"><nav>{_LOGO.read_text(encoding="utf-8")}{links}</nav>'
        f'<div class="page"><p class="title">{escape(heading)}</p><p class="no-script">{escape(needs_script)}</p>'
        f'<p class="late" hidden>{escape(_("The page takes longer than usual to load."))} '
        f'<a href="">{escape(_("Reload"))}</a></p>'
        "<i></i><i></i><i></i></div></div>"
    )
