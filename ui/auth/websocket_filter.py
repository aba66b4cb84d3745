"""Filters what an open page may ask of Streamlit: only requests of Streamlit's frontend, and only while its visitor is logged in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.requests import HTTPConnection

from ui.compat import BackMsg, ForwardMsg

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.auth.providers import LoginProvider

__all__ = ["OpenPage", "WebSocketFilter", "is_needed", "parse_request", "remove_presses", "to_full_page_request"]

_FIRST_RUN_TIMEOUT_SECONDS = 30
_MAX_FINISHED_BYTES = 200  # a message that says that a script has ended is shorter
_PRESSES = {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
_NEEDED = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}


class WebSocketFilter:
    """ASGI middleware. Drops requests such as `clear_cache`, which Streamlit would carry out for any client and for all pages."""

    def __init__(self, app: ASGIApp, provider: LoginProvider | None) -> None:
        self._app, self._provider = app, provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        cookies, page = HTTPConnection(scope).cookies, OpenPage()

        async def receive_allowed() -> Message:
            while True:
                message = await receive()
                data = message.get("bytes")
                if data is None:  # opened, closed, or a text, which Streamlit refuses
                    return message
                request = parse_request(data)
                if not is_needed(request) or page.is_outdated(request):
                    continue
                await page.wait_for_first_run(request)
                if self._provider is None or self._provider.find_admission(cookies):
                    return {**message, "bytes": data} if (data := remove_presses(request)) else message
                if full_page := to_full_page_request(request):
                    return {**message, "bytes": full_page}

        async def send_and_note(message: Message) -> None:
            page.note_response(message.get("bytes"))
            await send(message)

        await self._app(scope, receive_allowed, send_and_note)


class OpenPage:
    """The page that one browser shows, as far as its requests and Streamlit's responses reveal it.

    Until a browser learns that the next page has begun, it keeps sending the requests of the old page's timers and components.
    Streamlit would then run that fragment of the old page after the new page, and the browser would empty the new page.

    After a restart of the server, the browser shows the page as it was, with working buttons. Until the page has run on the new
    server, Streamlit knows neither its fragments nor their callbacks and would drop a click.
    """

    def __init__(self) -> None:
        self._requested = self._left = ""  # hashes of pages
        self._first_run: asyncio.Event | None = None

    def note_response(self, data: bytes | None) -> None:
        """Note whether a message to the browser says that the page has run."""
        if self._first_run is None or self._first_run.is_set() or not data or len(data) > _MAX_FINISHED_BYTES:
            return
        response = ForwardMsg()
        with suppress(DecodeError):
            response.ParseFromString(data)
        if (
            response.WhichOneof("type") == "script_finished"
            and response.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        ):
            self._first_run.set()

    async def wait_for_first_run(self, request: BackMsg) -> None:
        """Hold a user's request for a fragment until the first run on this connection has ended, at most 30 seconds.

        A connection that begins with such a request continues a session that knows the fragment. Timers are not held: they ask
        again.
        """
        if request.WhichOneof("type") != "rerun_script" or (self._first_run and self._first_run.is_set()):
            return
        rerun = request.rerun_script
        if not rerun.fragment_id:
            self._first_run = self._first_run or asyncio.Event()
        elif self._first_run and not rerun.is_auto_rerun:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._first_run.wait(), _FIRST_RUN_TIMEOUT_SECONDS)

    def is_outdated(self, request: BackMsg) -> bool:
        """Whether it asks for a fragment of the page that the browser left for the one that it requested last."""
        if request.WhichOneof("type") != "rerun_script":
            return False
        rerun = request.rerun_script
        page: str = rerun.page_script_hash
        if rerun.fragment_id and page and page == self._left:
            return True
        # Every other request shows that the browser knows the page, or that it has requested another one.
        self._left = self._requested if not rerun.fragment_id and page != self._requested else ""
        self._requested = page
        return False


def parse_request(data: bytes) -> BackMsg:
    """Parse a message as Streamlit does, so both see the same request; an empty one for bytes that are not a BackMsg."""
    request = BackMsg()
    try:
        request.ParseFromString(data)
    except DecodeError:
        request.Clear()
    return request


def is_needed(request: BackMsg) -> bool:
    """Whether Streamlit's frontend sends such requests for the pages of an app."""
    kind = request.WhichOneof("type")
    if kind == "backend_operation_request":  # the other payloads are Streamlit's developer tools
        return request.backend_operation_request.WhichOneof("payload") in ("deferred_file", "dataframe_chunk")
    return kind in _NEEDED


def remove_presses(request: BackMsg) -> bytes | None:
    """The same request of a timer without the buttons that were just pressed; None if there is nothing to remove.

    Streamlit's frontend keeps a press for a moment and then sends it. A timer that fires in this moment sends it as well, so that on a
    busy machine one press of a button would count twice.
    """
    if request.WhichOneof("type") != "rerun_script" or not request.rerun_script.is_auto_rerun:
        return None
    widgets = request.rerun_script.widget_states.widgets
    kept = [widget for widget in widgets if widget.WhichOneof("value") not in _PRESSES]
    if len(kept) == len(widgets):
        return None
    del widgets[:]
    widgets.extend(kept)
    data: bytes = request.SerializeToString()
    return data


def to_full_page_request(request: BackMsg) -> bytes | None:
    """The same request for the whole page instead of a fragment; None for any other request."""
    if request.WhichOneof("type") != "rerun_script":
        return None
    request.rerun_script.ClearField("fragment_id")
    data: bytes = request.SerializeToString()
    return data
