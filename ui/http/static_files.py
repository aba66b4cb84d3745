"""Serves Streamlit's scripts compressed, and the project's own files and pages.

Streamlit does not compress its scripts, to save processor time. Here each file is compressed once and cached, and browsers cache files
with a hash in their URL for a year.
"""

from __future__ import annotations

import gzip
import mimetypes
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from streamlit import config

from nn_core.errors import NNLabError
from ui.app import preload
from ui.compat import get_static_folder
from ui.http.assets import PREFIX, find_asset
from ui.http.browser_networks import FOLDER, find_browser_file
from ui.http.index_page import IndexPage

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["GzipCache", "StaticFiles", "is_gzip_accepted"]

_LEVEL = 6  # level 9 takes almost three times as long for 0.3 % of the size of Streamlit's scripts


class GzipCache:
    """A thread-safe cache of compressed files. It never drops entries, because their number is limited by the files served."""

    def __init__(self) -> None:
        self._compressed: dict[Hashable, bytes] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], bytes]) -> bytes:
        """Return the compressed content. With several callers at once, one compresses and the others wait."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._compressed:
                self._compressed[key] = gzip.compress(read(), _LEVEL, mtime=0)
            return self._compressed[key]

    def get_cached(self, key: Hashable) -> bytes | None:
        """Return the compressed content if it is cached."""
        return self._compressed.get(key)


def is_gzip_accepted(accept_encoding: str) -> bool:
    """Whether this header allows gzip according to RFC 9110: by name or by `*`, unless with `q=0`."""
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        coding, _separator, parameters = part.strip().lower().partition(";")
        name, _equals, weight = parameters.strip().partition("=")
        try:
            weights[coding.strip()] = float(weight) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


_CACHE_ONE_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}
_CACHE_PRIVATELY = {"Cache-Control": "private, max-age=31536000, immutable"}  # the networks of this server's users
_COMPRESSIBLE = {".js", ".css", ".json", ".svg", ".html", ".map"}
_ICON = Path(__file__).parent.parent / "assets" / "icon.png"
_PAGE = re.compile(r"[A-Za-z0-9_-]*|index\.html")
_NO_PAGES = {"static", "media", "component", "auth", "oauth2callback", "app", "_stcore", PREFIX}


class StaticFiles:
    """ASGI middleware behind the gate. Requests that it does not handle are passed on to Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self._gzip = GzipCache()
        root = get_static_folder()
        self._files = {
            file.relative_to(root).as_posix(): file
            for file in (root / "static").rglob("*")
            if file.suffix in _COMPRESSIBLE and file.is_file()
        }
        self._index = IndexPage((root / "index.html").read_text(encoding="utf-8"), self._files)
        threading.Thread(target=self._compress_first, name="compress", daemon=True).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            response = await self._respond(Request(scope))
            if response:
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        path = self._get_relative_path(request.scope["path"])
        if path is None:
            return None
        gzipped = is_gzip_accepted(request.headers.get("accept-encoding", ""))
        if path in self._files:
            media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return await self._send(path, self._files[path].read_bytes, media_type, gzipped=True) if gzipped else None
        if path.startswith(f"{FOLDER}/"):
            return await self._serve_network(path, gzipped=gzipped)
        if path.startswith(f"{PREFIX}/"):
            asset = find_asset(path)
            if asset is None:
                return PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})
            return await self._send(path, lambda: asset.content, asset.media_type, gzipped=gzipped)
        if path == "favicon.png":
            return Response(
                _ICON.read_bytes(), headers={"Cache-Control": "public, max-age=86400"}, media_type="image/png"
            )
        if _PAGE.fullmatch(path) and path not in _NO_PAGES:
            return await self._serve_page(path, request, gzipped=gzipped)
        return None

    async def _serve_network(self, path: str, *, gzipped: bool) -> Response:
        try:
            file = await to_thread.run_sync(find_browser_file, path)
        except NNLabError as error:
            return PlainTextResponse(str(error), 422, {"Cache-Control": "no-store"})
        if file is None:
            return PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})
        content = file.content if gzipped else gzip.decompress(file.content)
        headers = {"Vary": "Accept-Encoding", **_CACHE_PRIVATELY} | ({"Content-Encoding": "gzip"} if gzipped else {})
        return Response(content, headers=headers, media_type=file.media_type)

    def _get_relative_path(self, path: str) -> str | None:
        """The path below the base URL; None if it is outside."""
        path = path.removeprefix("/")
        if not self._base:
            return path
        if path == self._base:
            return ""
        return path.removeprefix(f"{self._base}/") if path.startswith(f"{self._base}/") else None

    async def _serve_page(self, path: str, request: Request, *, gzipped: bool) -> Response:
        preload.import_for_page(path)
        page = self._index.get_page("" if path == "index.html" else path, has_run="run" in request.query_params)
        etag = f'"{page.digest}{"-gzip" if gzipped else ""}"'
        headers = {"Cache-Control": "no-cache", "ETag": etag}
        if etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}:
            return Response(status_code=304, headers={"Vary": "Accept-Encoding", **headers})
        return await self._send(page.digest, lambda: page.content, "text/html", headers, gzipped=gzipped)

    async def _send(
        self,
        key: str,
        read: Callable[[], bytes],
        media_type: str,
        headers: Mapping[str, str] = _CACHE_ONE_YEAR,
        *,
        gzipped: bool,
    ) -> Response:
        """The response with this content. For a HEAD request, the server omits it."""
        headers = {"Vary": "Accept-Encoding", **headers}
        if not gzipped:
            return Response(read(), headers=headers, media_type=media_type)
        content = self._gzip.get_cached(key)
        if content is None:
            content = await to_thread.run_sync(self._gzip.get, key, read)
        return Response(content, headers={"Content-Encoding": "gzip", **headers}, media_type=media_type)

    def _compress_first(self) -> None:
        """Compress the files that every page needs before the first request."""
        for path in self._index.first_files:
            self._gzip.get(path, self._files[path].read_bytes)
