"""Limits uploads: the announced size must fit, and the bytes are counted as they arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from streamlit import config

from nn_core.errors import LimitReached
from nn_core.i18n import _
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, MB, Limits, get_limits
from ui.app.errors import leave_notice
from ui.auth.permissions import get_visitor, identify_visitor
from ui.auth.quotas import QuotaExceeded, get_quotas
from ui.compat import get_uploaded_bytes, make_server_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.auth.providers import LoginProvider

__all__ = ["UploadLimits", "count_camera_bytes"]

_BLOCK = MB
"""The hourly limit is counted in blocks of this size when they begin to arrive; an upload counts for at least a tenth of one."""

_STALL_TIMEOUT_SECONDS = 60.0


class _StalledUpload(Exception):
    """No data arrived for too long."""


class UploadLimits:
    """ASGI middleware. The largest single file is Streamlit's own limit, `server.maxUploadSize`.

    Only bytes that arrive are counted, so a client that announces files or is refused uses up no one's quota.

    Args:
        stall_timeout_seconds: an upload ends if no data arrives for so long.
    """

    def __init__(
        self,
        app: ASGIApp,
        provider: LoginProvider | None,
        limits: Limits,
        stall_timeout_seconds: float = _STALL_TIMEOUT_SECONDS,
    ) -> None:
        self._app, self._provider, self._limits = app, provider, limits
        self._stall_timeout_seconds = stall_timeout_seconds
        self._unfinished_bytes = 0  # that have arrived of unfinished uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = make_server_path("_stcore/upload_file/")
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(path):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        announced = _get_content_length(request)
        if announced > config.get_option("server.maxUploadSize") * 1024**2:
            await self._app(scope, receive, send)  # refuses it
            return
        visitor, session = self._identify_visitor(request), scope["path"].removeprefix(path).partition("/")[0]
        body = _Body(self, visitor, announced, receive, self._stall_timeout_seconds)
        try:
            self.check_fits(visitor, announced)
            await self._app(scope, body.receive, send)
        except LimitReached as error:
            await _refuse(session, str(error), 429)(scope, receive, send)
        except _StalledUpload:
            sentence = _("No data arrived for {seconds:g} s, so the upload was cancelled. Try again.")
            await _refuse(session, sentence.format(seconds=self._stall_timeout_seconds), 408)(scope, receive, send)
        except ClientDisconnect:
            pass  # a closed page is not an error of the server
        finally:
            self._unfinished_bytes -= body.arrived

    def check_fits(self, visitor: str, size: int) -> None:
        """Raises LimitReached if so many bytes do not fit now. Counts nothing."""
        self._check_memory(size)
        self._apply_hourly_limit(visitor, size, get_quotas().uploads.check)

    def count_bytes(self, visitor: str, size: int, hourly_size: int) -> None:
        """Count `size` bytes in memory and `hourly_size` bytes for the hourly limit. Raises LimitReached."""
        self._check_memory(size)
        if hourly_size:
            self._apply_hourly_limit(visitor, hourly_size, get_quotas().uploads.use)
        self._unfinished_bytes += size

    def _check_memory(self, size: int) -> None:
        limit = self._limits.server_upload_mb
        if get_uploaded_bytes() + self._unfinished_bytes + size > limit * MB:
            raise LimitReached(
                _(
                    "This computer keeps at most {most:g} MB of uploaded files in memory, and this one does not fit now. Try again "
                    "later, or set {variable}."
                ).format(most=limit, variable=LIMITS_IN_THE_ENVIRONMENT["server_upload_mb"])
            )

    def _apply_hourly_limit(self, visitor: str, size: int, apply: Callable[[str, float, float, float], None]) -> None:
        limits = self._limits
        try:
            apply(visitor, size, limits.upload_mb_per_hour * MB, limits.server_upload_mb_per_hour * MB)
        except QuotaExceeded as error:
            raise LimitReached(_describe_limit(error, size, limits)) from None

    def _identify_visitor(self, request: Request) -> str:
        admission = self._provider.find_admission(request.cookies) if self._provider else None
        return identify_visitor(self._provider, admission, request.client.host if request.client else None)


class _Body:
    """Counts the body of one upload as it arrives."""

    def __init__(
        self, limits: UploadLimits, visitor: str, announced: int, receive: Receive, stall_timeout_seconds: float
    ) -> None:
        self._limits, self._visitor, self._announced = limits, visitor, announced
        self._receive, self._stall_timeout_seconds = receive, stall_timeout_seconds
        self._hourly_bytes = 0
        self.arrived = 0  # bytes

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout(self._stall_timeout_seconds):
                message = await self._receive()
        except TimeoutError:
            raise _StalledUpload from None
        size = len(message.get("body", b""))
        hourly_size = 0
        while self.arrived + size > self._hourly_bytes + hourly_size:
            hourly_size += self._get_next_block(self._hourly_bytes + hourly_size)
        self._limits.count_bytes(self._visitor, size, hourly_size)
        self._hourly_bytes += hourly_size
        self.arrived += size
        return message

    def _get_next_block(self, counted: int) -> int:
        remaining = self._announced - counted
        block = min(remaining, _BLOCK) if remaining > 0 else _BLOCK
        return block if counted else max(block, _BLOCK // 10)


def count_camera_bytes(size: int) -> None:
    """Count pictures from the camera, which come over the page's WebSocket, for the visitor's hourly limit. Raises LimitReached."""
    limits = get_limits()
    try:
        get_quotas().uploads.use(
            get_visitor(), size, limits.upload_mb_per_hour * MB, limits.server_upload_mb_per_hour * MB
        )
    except QuotaExceeded as error:
        raise LimitReached(_describe_limit(error, size, limits)) from None


def _refuse(session: str, sentence: str, status: int) -> Response:
    """Show the sentence on the page and send it to the client; the rest of the upload is not read."""
    leave_notice(session, sentence)
    return PlainTextResponse(sentence, status, {"Connection": "close"})


def _get_content_length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _describe_limit(error: QuotaExceeded, size: int, limits: Limits) -> str:
    if error.is_shared:
        limit, variable = limits.server_upload_mb_per_hour, LIMITS_IN_THE_ENVIRONMENT["server_upload_mb_per_hour"]
        rule = _("This file of {size:.1f} MB is too large: all visitors together may upload {most:g} MB an hour.")
    else:
        limit, variable = limits.upload_mb_per_hour, LIMITS_IN_THE_ENVIRONMENT["upload_mb_per_hour"]
        rule = _("This file of {size:.1f} MB is too large: a visitor may upload {most:g} MB an hour.")
    remedy = (
        _("Try again in {minutes} min.").format(minutes=-(-error.wait_seconds // 60))
        if error.wait_seconds
        else _("Choose a smaller file, or ask the person who runs this server to set {variable}.").format(
            variable=variable
        )
    )
    return f"{rule.format(size=size / MB, most=limit)} {remedy}"
