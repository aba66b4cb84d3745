"""The server filters websocket messages: what a browser may send, and when."""

import asyncio
from collections.abc import Iterator

import pytest
from refused_messages import refused
from serving import AppServer, serve_app
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from visitors import PASSWORDS, ask, logged_in
from websocket_client import fragments, headings, opened, read_until_finished, run_fragment, run_page

from ui.auth.websocket_filter import WebSocketFilter


def test_what_is_no_message_passes_untouched() -> None:
    """The connection's own beginning and end, and a text, which Streamlit itself refuses."""
    sent: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "x"}]
    got: list[Message] = []

    async def receive() -> Message:
        return sent[len(got)]

    async def send(_message: Message) -> None: ...

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        for _each in sent:
            got.append(await receive())

    asyncio.run(WebSocketFilter(app, None)({"type": "websocket", "headers": []}, receive, send))
    assert got == sent


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("messages"), environment=PASSWORDS) as served:
        yield served


def test_a_button_that_is_pressed_while_the_page_first_runs_is_not_lost(app: AppServer) -> None:
    cookie = logged_in(app.url, "viewer")
    with opened(app.url, Cookie=cookie) as page:
        parts = fragments(run_page(page, "draw"))
    with opened(app.url, Cookie=cookie) as again:
        for part in ("", parts[0]):
            request = BackMsg()
            request.rerun_script.page_name, request.rerun_script.fragment_id = "draw", part
            again.send(request.SerializeToString())
        ends = [read_until_finished(again)[-1].script_finished for _run in range(2)]
    assert ends == [ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]


def test_a_message_cannot_clear_the_shared_caches(app: AppServer) -> None:
    cookie = logged_in(app.url, "viewer")
    with opened(app.url, Cookie=cookie) as page:
        run_page(page, "home")
        for message in (*refused(), BackMsg(app_heartbeat=True)):
            page.send(message.SerializeToString())
        while not ForwardMsg.FromString(page.recv(timeout=20)).heartbeat_ack:  # type: ignore[arg-type]
            pass  # what came before it is done with
        run_page(page, "home")
        made = (
            'cache_lookups_total{cache="ui.app.preload.get_warm_workers",cache_type="st_cache_resource",result="miss"}'
        )
        assert f"{made} 1\n" in ask(app.url, "/_stcore/metrics", cookie=cookie).body  # once for each server


def test_a_page_that_stays_open_after_logging_out_gets_no_answer(app: AppServer) -> None:
    """Neither as a whole nor through any part that runs by itself, in every window of that browser."""
    cookie = logged_in(app.url, "viewer")
    with opened(app.url, Cookie=cookie) as page, opened(app.url, Cookie=cookie) as other:
        parts = fragments(run_page(page, "draw"))
        run_page(other, "draw")
        assert parts
        assert all(headings(run_fragment(page, "draw", part)) != ["You are logged out"] for part in parts)
        ask(app.url, "/log-out", cookie=cookie)
        for part in parts:
            told = run_fragment(page, "draw", part)
            assert headings(told) == ["You are logged out"]
            assert fragments(told) == []
        assert headings(run_page(other, "draw")) == ["You are logged out"]
