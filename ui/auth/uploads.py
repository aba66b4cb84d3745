"""Bounds what comes in as files: what is announced must fit, and what arrives is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from streamlit import config, runtime
from streamlit.runtime.stats import CacheStat
from streamlit.url_util import make_url_path

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, MB, Limits
from ui.app.errors import leave_notice
from ui.auth.quotas import Full, get_quotas
from ui.auth.visitors import identify_visitor

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.auth.providers import AccountProvider, PasswordProvider

__all__ = ["UploadLimits"]

_PIECE = MB
"""What an hour allows is counted in such pieces as they begin to arrive, and of no upload less than a tenth of one."""

_STALLED_SECONDS = 60.0


class _Stalled(Exception):
    """Nothing more came of an upload for too long."""


class UploadLimits:
    """ASGI middleware. The largest single file is Streamlit's own limit, `server.maxUploadSize`.

    Nothing is counted before it arrives, so that who only announces files, or is refused, keeps nobody else's away.
    """

    def __init__(
        self,
        app: ASGIApp,
        entrance: PasswordProvider | AccountProvider | None,
        limits: Limits,
        stalled_seconds: float = _STALLED_SECONDS,
    ) -> None:
        """stalled_seconds: how long an upload may bring nothing before it is ended."""
        self._app, self._entrance, self._limits = app, entrance, limits
        self._stalled_seconds = stalled_seconds
        self._under_way = 0  # bytes that have arrived of uploads that are not over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = make_url_path(config.get_option("server.baseUrlPath") or "", "_stcore/upload_file/")
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(path):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        announced = _announced(request)
        if announced > config.get_option("server.maxUploadSize") * 1024**2:
            await self._app(scope, receive, send)  # which refuses it
            return
        who, session = self._visitor(request), scope["path"].removeprefix(path).partition("/")[0]
        body = _Body(self, who, announced, receive, self._stalled_seconds)
        try:
            self.must_fit(who, announced)
            await self._app(scope, body.receive, send)
        except LimitReached as error:
            await _refuse(session, str(error), 429)(scope, receive, send)
        except _Stalled:
            said = _("Nothing more of the file came for {seconds:g} s, so its upload was ended. Try again.")
            await _refuse(session, said.format(seconds=self._stalled_seconds), 408)(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is there to be answered, and a page that was closed is no error of the server
        finally:
            self._under_way -= body.arrived

    def must_fit(self, who: str, size: int) -> None:
        """Raises LimitReached where there is no room for so many bytes now. Nothing is counted."""
        self._must_fit_into_memory(size)
        self._count(who, size, take=False)

    def arrived(self, who: str, size: int, of_the_hour: int) -> None:
        """Count bytes that are in memory from now on, and so many for the hour. Raises LimitReached."""
        self._must_fit_into_memory(size)
        if of_the_hour:
            self._count(who, of_the_hour, take=True)
        self._under_way += size

    def _must_fit_into_memory(self, size: int) -> None:
        most = self._limits.server_upload_mb
        if _held() + self._under_way + size > most * MB:
            raise LimitReached(
                _(
                    "This computer keeps at most {most:g} MB of uploaded files in memory, and there is no room for this one now. "
                    "Try again when others are done with theirs, or set {variable}."
                ).format(most=most, variable=LIMITS_IN_THE_ENVIRONMENT["server_upload_mb"])
            )

    def _count(self, who: str, size: int, *, take: bool) -> None:
        limits, uploads = self._limits, get_quotas().uploads
        most, together = limits.upload_mb_per_hour * MB, limits.server_upload_mb_per_hour * MB
        try:
            (uploads.take if take else uploads.must_fit)(who, size, most, together)
        except Full as full:
            raise LimitReached(_too_much(full, size, limits)) from None

    def _visitor(self, request: Request) -> str:
        admission = self._entrance.admitted(request.cookies) if self._entrance else None
        return identify_visitor(self._entrance, admission, request.client.host if request.client else None)


class _Body:
    """What arrives of one upload."""

    def __init__(
        self, uploads: UploadLimits, who: str, announced: int, receive: Receive, stalled_seconds: float
    ) -> None:
        self._uploads, self._who, self._announced = uploads, who, announced
        self._receive, self._stalled_seconds = receive, stalled_seconds
        self._counted = 0  # bytes for the hour
        self.arrived = 0

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout(self._stalled_seconds):
                message = await self._receive()
        except TimeoutError:
            raise _Stalled from None
        size = len(message.get("body", b""))
        pieces = 0
        while self.arrived + size > self._counted + pieces:
            pieces += self._piece_after(self._counted + pieces)
        self._uploads.arrived(self._who, size, pieces)
        self._counted += pieces
        self.arrived += size
        return message

    def _piece_after(self, counted: int) -> int:
        left = self._announced - counted
        piece = min(left, _PIECE) if left > 0 else _PIECE
        return piece if counted else max(piece, _PIECE // 10)


def _refuse(session: str, sentence: str, status: int) -> Response:
    """Tells the page, and answers who sends; the rest is not read."""
    leave_notice(session, sentence)
    return PlainTextResponse(sentence, status, {"Connection": "close"})


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _held() -> int:
    """Bytes of the files that Streamlit keeps for the pages that are open."""
    if not runtime.exists():
        return 0
    stats = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for family in stats.values() for stat in family if isinstance(stat, CacheStat))


def _too_much(full: Full, size: int, limits: Limits) -> str:
    if full.everybody:
        most, variable = limits.server_upload_mb_per_hour, LIMITS_IN_THE_ENVIRONMENT["server_upload_mb_per_hour"]
        said = _("This file of {size:.1f} MB is too much: all visitors together may upload {most:g} MB an hour.")
    else:
        most, variable = limits.upload_mb_per_hour, LIMITS_IN_THE_ENVIRONMENT["upload_mb_per_hour"]
        said = _("This file of {size:.1f} MB is too much: a visitor may upload {most:g} MB an hour.")
    remedy = (
        _("Try again in {minutes} min.").format(minutes=-(-full.wait_seconds // 60))
        if full.wait_seconds
        else _("Take a smaller one, or ask the person who runs this server to set {variable}.").format(
            variable=variable
        )
    )
    return f"{said.format(size=size / MB, most=most)} {remedy}"
