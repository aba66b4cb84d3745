"""Bounds what comes in as files, before it is read: by the announced length, and by counting what arrives without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from streamlit import config, runtime
from streamlit.runtime.stats import CacheStat
from streamlit.url_util import make_url_path

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, MB, Limits
from ui.allowance import Full, allowance
from ui.entrance.visitors import visitor_of
from ui.notices import leave_notice

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.entrance.ways import AccountEntrance, PasswordEntrance

__all__ = ["UploadLimits"]

_PIECE = 10 * MB
"""So much is counted at once of an upload that does not announce its length; and of none is less than a hundredth counted."""


class UploadLimits:
    """ASGI middleware. The largest single file is Streamlit's own limit, `server.maxUploadSize`."""

    def __init__(self, app: ASGIApp, entrance: PasswordEntrance | AccountEntrance | None, limits: Limits) -> None:
        self._app, self._entrance, self._limits = app, entrance, limits
        self._under_way = 0  # bytes that are counted for uploads that are not over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = make_url_path(config.get_option("server.baseUrlPath") or "", "_stcore/upload_file/")
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(path):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if _announced(request) > config.get_option("server.maxUploadSize") * 1024**2:
            await self._app(scope, receive, send)  # which refuses it
            return
        session = scope["path"].removeprefix(path).partition("/")[0]
        counted = _Counted(self, self._visitor(request), receive)
        try:
            counted.take(_announced(request))
            await self._app(scope, counted.receive, send)
        except LimitReached as error:
            leave_notice(session, str(error))
            answer: Response = PlainTextResponse(str(error), 429, {"Connection": "close"})  # the rest is not read
            await answer(scope, receive, send)
        finally:
            self._under_way -= counted.taken

    def take(self, who: str, size: int) -> None:
        """Raises LimitReached where there is no room for so many bytes more."""
        limits = self._limits
        if _held() + self._under_way + size > limits.server_upload_mb * MB:
            raise LimitReached(
                _(
                    "The files that are uploaded take {most:g} MB of this computer's memory already, which is the most. Try again "
                    "when others are done with theirs, or set {variable}."
                ).format(most=limits.server_upload_mb, variable=LIMITS_IN_THE_ENVIRONMENT["server_upload_mb"])
            )
        try:
            most, together = limits.upload_mb_per_hour * MB, limits.server_upload_mb_per_hour * MB
            allowance().uploads.take(who, max(size, _PIECE // 100), most, together)
        except Full as full:
            raise LimitReached(_too_much(full, size, limits)) from None
        self._under_way += size

    def _visitor(self, request: Request) -> str:
        admission = self._entrance.admitted(request.cookies) if self._entrance else None
        return visitor_of(self._entrance, admission, request.client.host if request.client else None)


class _Counted:
    """The body of one upload as it arrives."""

    def __init__(self, uploads: UploadLimits, who: str, receive: Receive) -> None:
        self._uploads, self._who, self._receive = uploads, who, receive
        self._arrived = 0
        self.taken = 0

    def take(self, size: int) -> None:
        self._uploads.take(self._who, size)
        self.taken += size

    async def receive(self) -> Message:
        message = await self._receive()
        self._arrived += len(message.get("body", b""))
        while self._arrived > self.taken:
            self.take(_PIECE)
        return message


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
        else _("Take a smaller one, or ask whoever runs this server to set {variable}.").format(variable=variable)
    )
    return f"{said.format(size=size / MB, most=most)} {remedy}"
