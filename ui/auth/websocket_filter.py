"""What an open page may ask of Streamlit: what its own frontend needs, and only as long as its visitor is admitted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.requests import HTTPConnection
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.auth.providers import AccountProvider, PasswordProvider

__all__ = ["Messages", "OpenPage", "is_needed", "to_full_page_request"]


class Messages:
    """ASGI middleware. Of all else that Streamlit would do for any client, `clear_cache` empties what all pages share."""

    def __init__(self, app: ASGIApp, entrance: PasswordProvider | AccountProvider | None) -> None:
        self._app, self._entrance = app, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        cookies, page = HTTPConnection(scope).cookies, OpenPage()

        async def passed() -> Message:
            """The next message that may go on. Only the first bytes are read for its kind: it may have megabytes."""
            while True:
                message = await receive()
                said = message.get("bytes")
                if said is None:  # the connection itself, or a text, which Streamlit refuses
                    return message
                if not is_needed(said) or page.has_left(said):
                    continue
                await page.wait_for_part(said)
                if self._entrance is None or self._entrance.admitted(cookies):
                    return message
                if whole := to_full_page_request(said):
                    return {**message, "bytes": whole}

        async def answered(message: Message) -> None:
            page.note_answer(message.get("bytes"))
            await send(message)

        await self._app(scope, passed, answered)


class OpenPage:
    """The page that one browser shows, as far as its own requests and Streamlit's answers reveal it.

    Until a browser hears that the next page has begun, it goes on sending the requests of the old page's timers and components.
    Streamlit then runs that part of the old page after the new one, and the browser, which hears of the old page again, empties the
    new one.

    After a restart of the server, the browser shows the page as it was, with buttons that can be pressed. Until the page has run
    on the new server, Streamlit knows neither its parts nor their callbacks and would drop what is pressed.
    """

    def __init__(self) -> None:
        self._asked_for = self._left = ""
        self._first_run: asyncio.Event | None = None

    def note_answer(self, message: bytes | None) -> None:
        """Note whether a message to the browser says that the page has run."""
        if self._first_run is None or self._first_run.is_set() or not message or len(message) > _LONGEST_END:
            return
        answer = ForwardMsg()
        with suppress(DecodeError):
            answer.ParseFromString(message)
        if (
            answer.WhichOneof("type") == "script_finished"
            and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        ):
            self._first_run.set()

    async def wait_for_part(self, message: bytes) -> None:
        """Hold a user's request for a part of the page until the first run on this connection has ended, at most some seconds.

        A connection that begins with such a request goes on with a session that knows the part. Timers are not held: they ask again.
        """
        if not message.startswith(_RERUN) or (self._first_run and self._first_run.is_set()):
            return
        request = _read(message).rerun_script
        if not request.fragment_id:
            self._first_run = self._first_run or asyncio.Event()
        elif self._first_run and not request.is_auto_rerun:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._first_run.wait(), _LONGEST_FIRST_RUN_SECONDS)

    def has_left(self, message: bytes) -> bool:
        """Whether this message asks for a part (a fragment) of the page that the browser left for the one it asked for last."""
        if not message.startswith(_RERUN):
            return False
        request = _read(message).rerun_script
        page: str = request.page_script_hash
        if request.fragment_id and page and page == self._left:
            return True
        # Every other request shows that the browser knows the page, or that it has asked for another one.
        self._left = self._asked_for if not request.fragment_id and page != self._asked_for else ""
        self._asked_for = page
        return False


def is_needed(said: bytes) -> bool:
    """Whether it is one BackMsg of a kind that the frontend sends, with nothing after it.

    Of several kinds in one message Protobuf takes the last, so one that goes on after its first field is none of a frontend.
    """
    if said in _FLAGS or _is_alone(_RERUN, said) or _is_alone(_FILE_URLS, said):
        return True
    if not _is_alone(_OPERATION, said):
        return False
    operation = _read(said).backend_operation_request.WhichOneof("payload")
    return operation in ("deferred_file", "dataframe_chunk")  # the others offer Streamlit's developers' tools


def to_full_page_request(said: bytes) -> bytes | None:
    """The same request for the whole page instead of the part (fragment) that it names; None for any other message."""
    message = _read(said)
    if message.WhichOneof("type") != "rerun_script":
        return None
    message.rerun_script.ClearField("fragment_id")
    whole: bytes = message.SerializeToString()
    return whole


def _read(said: bytes) -> BackMsg:
    """Nothing where it is none."""
    message = BackMsg()
    with suppress(DecodeError):
        message.ParseFromString(said)
    return message


def _is_alone(tag: bytes, said: bytes) -> bool:
    """Whether this field, with the length that stands after its tag, is the whole message."""
    return said.startswith(tag) and _length_of_the_rest(said, len(tag))


def _length_of_the_rest(said: bytes, at: int) -> bool:
    """Whether the number at `at`, in seven bits a byte, is how many bytes come after it."""
    length = 0
    for place, byte in enumerate(said[at : at + 5]):
        length |= (byte & 127) << 7 * place
        if byte < 128:
            return length == len(said) - at - place - 1
    return False


def _tag(field: str) -> bytes:
    """How a field begins whose length stands before its content."""
    rest, tag = BackMsg.DESCRIPTOR.fields_by_name[field].number << 3 | 2, b""
    while rest > 127:
        tag, rest = tag + bytes([rest & 127 | 128]), rest >> 7
    return tag + bytes([rest])


_LONGEST_FIRST_RUN_SECONDS = 30
_LONGEST_END = 200  # bytes of a message that says that a script has ended, generously
_FLAGS = (BackMsg(stop_script=True).SerializeToString(), BackMsg(app_heartbeat=True).SerializeToString())
_RERUN, _FILE_URLS, _OPERATION = map(_tag, ("rerun_script", "file_urls_request", "backend_operation_request"))
