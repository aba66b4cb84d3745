"""Serves the one-file page of a run at `/pad/<run>/`, with what a browser needs to install it: manifest, icons and service worker.

The page is the file that `export --as page` writes, with links to these.
"""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from nn_core.errors import NNLabError, RunNotFound
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, find_run
from ui.compat import make_server_path
from ui.http.static_files import is_gzip_accepted

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from nn_core.export.page import RunPages

__all__ = ["PadPages", "get_pad_path", "get_pages"]

_ASSETS = Path(__file__).parent.parent / "assets"
_ICONS = {"icon-192.png": "192x192", "icon-512.png": "512x512"}
_MAX_RUNS = 8
_REVALIDATE = {"Cache-Control": "no-cache"}
_lock = threading.Lock()  # a class that opens the page at once waits for one to be built


def get_pad_path(run: RunFolder) -> str:
    """The URL path of the run's page. It ends in a slash, so that the service worker of one run does not answer for another."""
    return make_server_path(f"pad/{quote(run.name, safe='')}/")


def get_pages(run: RunFolder) -> RunPages:
    """Build the run's pages, again after its weights, its name or its evaluation have changed. Raises BadInput."""
    return _get_built(run).pages


@dataclass(frozen=True)
class _Built:
    pages: RunPages

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.pages.served.html, 6, mtime=0)


def _get_built(run: RunFolder) -> _Built:
    from ui.app.cache import get_weights_version

    files = (run.label_file, *run.computed(run.evaluation_file))
    changed = tuple(file.stat().st_mtime_ns for file in files if file.exists())
    with _lock:
        return _build(run, (get_weights_version(run), changed))


@lru_cache(maxsize=_MAX_RUNS)
def _build(run: RunFolder, _version: object) -> _Built:
    from nn_core.export.page import build_pages

    return _Built(build_pages(run, get_data_folder()))


class PadPages:
    """ASGI middleware behind the gate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._prefix = make_server_path("pad/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and scope["path"].startswith(self._prefix)
            and scope["path"] != self._prefix
        ):
            response = await to_thread.run_sync(self._respond, Request(scope))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        name, slash, file = request.scope["path"].removeprefix(self._prefix).partition("/")
        try:
            run = find_run(get_runs_folder(), name)
            if not slash:
                return RedirectResponse(get_pad_path(run), headers=_REVALIDATE)
            if file in _ICONS:
                return Response((_ASSETS / file).read_bytes(), headers=_REVALIDATE, media_type="image/png")
            built = _get_built(run)
        except RunNotFound:
            refusal = _("There is no run '{run}'. The page Draw shows the address of each network.").format(
                run=name[:100]
            )
            return PlainTextResponse(refusal, 404, {"Cache-Control": "no-store"})
        except NNLabError as error:
            return PlainTextResponse(str(error), 404, {"Cache-Control": "no-store"})
        match file:
            case "":
                return _send_page(built, request)
            case "page.html":
                disposition = f"attachment; filename*=utf-8''{quote(run.name)}.html"
                return Response(
                    built.pages.file.html,
                    headers={**_REVALIDATE, "Content-Disposition": disposition},
                    media_type="text/html",
                )
            case "manifest.webmanifest":
                manifest = json.dumps(_describe_app(run, built.pages))
                return Response(manifest, headers=_REVALIDATE, media_type="application/manifest+json")
            case "worker.js":
                from nn_core.export.page import write_worker

                worker = write_worker(built.pages.served, get_pad_path(run))
                return Response(worker, headers=_REVALIDATE, media_type="text/javascript")
        return PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})


def _send_page(built: _Built, request: Request) -> Response:
    page = built.pages.served
    gzipped = is_gzip_accepted(request.headers.get("accept-encoding", ""))
    headers = {
        **_REVALIDATE,
        "ETag": f'"{page.digest}{"-gzip" if gzipped else ""}"',
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": f"{page.policy}; frame-ancestors 'self'",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(built.gzipped if gzipped else page.html, headers=headers, media_type="text/html")


def _describe_app(run: RunFolder, pages: RunPages) -> dict[str, object]:
    """The web app manifest. Its URLs are relative to its own."""
    return {
        "id": get_pad_path(run),
        "name": pages.title,
        "short_name": pages.title,
        "description": _("A drawing area and a neural network that reads what you draw."),
        "lang": "en",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#12131c",
        "theme_color": "#12131c",
        "icons": [
            {"src": file, "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes in _ICONS.items()
            for purpose in ("any", "maskable")
        ],
    }
