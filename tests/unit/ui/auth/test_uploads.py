"""Uploads have a memory limit and are counted by the bytes that arrive."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from nn_core.errors import LimitReached
from nn_core.limits import Limits
from ui.auth.uploads import UploadLimits

MB = 1_000_000

pytestmark = pytest.mark.usefixtures("fresh_allowance")


def test_memory_for_uploads_is_limited() -> None:
    uploads = UploadLimits(_nothing, None, Limits(server_upload_mb=3))
    uploads.check_fits("a", 3 * MB)
    uploads.count_bytes("a", 2 * MB, 0)
    for refused in (lambda: uploads.check_fits("b", 2 * MB), lambda: uploads.count_bytes("b", 2 * MB, 0)):
        with pytest.raises(LimitReached, match="keeps at most 3 MB of uploaded files in memory"):
            refused()
    uploads.count_bytes("b", MB, 0)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An app that does nothing."""


async def _reads(scope: Scope, receive: Receive, _send: Send) -> None:
    """An app that reads what comes."""
    async for _part in Request(scope, receive).stream():
        pass


@pytest.mark.parametrize(("ends", "said"), [(None, b"No data arrived for 0.02 s"), ({"type": "http.disconnect"}, b"")])
def test_a_stalled_or_cancelled_upload_frees_its_quota(ends: Message | None, said: bytes) -> None:
    """After its first 60 kB, of three megabytes."""
    uploads = UploadLimits(_reads, None, Limits(server_upload_mb=3), stall_timeout_seconds=0.02)
    scope = {
        **{"type": "http", "method": "PUT", "path": "/_stcore/upload_file/session/file", "client": ("203.0.113.1", 1)},
        **{"query_string": b"", "headers": [(b"content-length", b"2900000")]},
    }
    first, answer = [{"type": "http.request", "body": bytes(60_000), "more_body": True}], list[Message]()

    async def receive() -> Message:
        if first:
            return first.pop()
        if ends is None:
            await asyncio.Event().wait()  # for ever
        assert ends
        return ends

    async def send(message: Message) -> None:
        answer.append(message)

    asyncio.run(uploads(scope, receive, send))
    assert said in b"".join(message.get("body", b"") for message in answer)
    assert [message["status"] for message in answer if "status" in message] == ([408] if said else [])
    uploads.check_fits("another", 3 * MB)
