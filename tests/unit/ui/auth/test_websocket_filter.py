"""Of what a browser may send through an open page, only what the frontend of an app needs goes on, while one is admitted."""

import asyncio
from collections.abc import Iterator

import pytest
from serving import AppServer, serve_app
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from visitors import PASSWORDS, ask, logged_in
from websocket_client import fragments, headings, opened, read_until_finished, run_fragment, run_page

from ui.auth.websocket_filter import OpenPage, WebSocketFilter, is_needed, parse_request, to_full_page_request

SEVERAL_MB = "x" * 3_000_000


def needed() -> list[BackMsg]:
    """What Streamlit's frontend sends for pages like ours."""
    rerun, large, file, download, table = (BackMsg() for _each in range(5))
    rerun.rerun_script.page_name = "draw"
    large.rerun_script.widget_states.widgets.add(id="canvas", json_value=SEVERAL_MB)
    file.file_urls_request.file_names.append("photo.png")
    download.backend_operation_request.deferred_file.file_id = "a"
    table.backend_operation_request.dataframe_chunk.SetInParent()
    return [rerun, large, file, download, table, BackMsg(stop_script=True), BackMsg(app_heartbeat=True)]


def refused() -> list[BackMsg]:
    """What concerns everybody, the server, or the computer that it runs on."""
    install, dismiss, no_operation = (BackMsg() for _each in range(3))
    install.backend_operation_request.install_skills.SetInParent()
    dismiss.backend_operation_request.dismiss_skills_nudge.SetInParent()
    no_operation.backend_operation_request.request_id = "a"
    flags = ("clear_cache", "set_run_on_save", "load_git_info", "debug_disconnect_websocket", "debug_shutdown_runtime")
    return [install, dismiss, no_operation, *(BackMsg(**{flag: True}) for flag in flags), BackMsg()]


def asking(page: str, fragment: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    return message


def test_a_part_of_a_page_that_was_left_is_not_run_after_the_next_page() -> None:
    page = OpenPage()
    assert not page.is_outdated(asking(""))  # the first visit names the page by its address
    assert not page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside"))
    assert page.is_outdated(asking("train", "chart"))
    assert page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside", "map"))  # the browser knows the new page
    assert not page.is_outdated(BackMsg(app_heartbeat=True))


def test_a_page_that_is_come_back_to_runs_its_parts() -> None:
    page = OpenPage()
    for request in (asking("train", "chart"), asking("inside"), asking("train")):
        assert not page.is_outdated(request)
    assert not page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside"))
    assert page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside")), "a click on the new page"
    assert not page.is_outdated(asking("train", "chart")), "to which the server may have switched after that click"


def test_what_is_pressed_while_the_page_first_runs_waits_for_its_end() -> None:
    """As after a restart of the server, of which the browser still shows the page of before."""
    pressed, timer = asking("train", "status"), BackMsg()
    timer.rerun_script.fragment_id = "chart"
    timer.rerun_script.is_auto_rerun = True

    async def press() -> None:
        page = OpenPage()
        await page.wait_for_first_run(asking("train"))
        await page.wait_for_first_run(timer)
        waiting = asyncio.create_task(page.wait_for_first_run(pressed))
        for end in (ForwardMsg.FINISHED_EARLY_FOR_RERUN, ForwardMsg.FINISHED_SUCCESSFULLY):
            await asyncio.sleep(0)
            assert not waiting.done()
            page.note_response(ForwardMsg(script_finished=end).SerializeToString())
        await waiting
        await page.wait_for_first_run(pressed)

    asyncio.run(asyncio.wait_for(press(), 5))


def test_a_connection_that_goes_on_with_a_session_waits_for_nothing() -> None:
    asyncio.run(asyncio.wait_for(OpenPage().wait_for_first_run(asking("train", "status")), 5))


def test_every_kind_of_message_that_streamlit_knows_is_decided() -> None:
    decided = {message.WhichOneof("type") for message in [*needed(), *refused()]} - {None}
    assert decided == {field.name for field in BackMsg.DESCRIPTOR.fields}


@pytest.mark.parametrize("message", needed(), ids=lambda message: message.WhichOneof("type"))
def test_what_the_frontend_needs_is_passed_on(message: BackMsg) -> None:
    data = message.SerializeToString()
    assert is_needed(parse_request(data))
    for other in refused()[:-1]:
        if other.WhichOneof("type") == message.WhichOneof("type"):
            continue  # the two are merged into one request, by the filter and by Streamlit
        both = parse_request(data + other.SerializeToString())
        assert both.WhichOneof("type") == other.WhichOneof("type"), "Streamlit handles the last of several"
        assert not is_needed(both)
    assert not is_needed(parse_request(data[:-1]))
    assert not is_needed(parse_request(data + b"\0"))


@pytest.mark.parametrize("message", refused(), ids=lambda message: str(message.WhichOneof("type")))
def test_what_concerns_everybody_does_not_go_on(message: BackMsg) -> None:
    assert not is_needed(parse_request(message.SerializeToString()))
    for invalid in (b"\xff", b"\x5a", b"\x5a\x80\x80\x80\x80\x80\x00", b"\x9a\x01\x01\xff"):
        assert not is_needed(parse_request(invalid))


def test_nothing_of_a_fragment_is_left_for_who_is_logged_out() -> None:
    rerun = BackMsg()
    rerun.rerun_script.page_name, rerun.rerun_script.fragment_id = "draw", "abc"
    whole = to_full_page_request(rerun)
    assert whole
    assert BackMsg.FromString(whole).rerun_script.page_name == "draw"
    assert BackMsg.FromString(whole).rerun_script.fragment_id == ""
    assert to_full_page_request(BackMsg(app_heartbeat=True)) is None


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


def test_nobody_empties_what_all_pages_share(app: AppServer) -> None:
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


def test_a_page_that_stays_open_after_the_log_out_answers_nothing_more(app: AppServer) -> None:
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
