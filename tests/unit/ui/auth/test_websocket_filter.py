"""Only messages that the frontend needs pass the filter, and only while the user is logged in."""

import asyncio

import pytest
from refused_messages import refused
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.auth.websocket_filter import OpenPage, is_needed, parse_request, remove_presses, to_full_page_request

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


def asking(page: str, fragment: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    return message


def test_fragments_of_a_previous_page_are_not_run() -> None:
    page = OpenPage()
    assert not page.is_outdated(asking(""))  # the first visit names the page by its address
    assert not page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside"))
    assert page.is_outdated(asking("train", "chart"))
    assert page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside", "map"))  # the browser knows the new page
    assert not page.is_outdated(BackMsg(app_heartbeat=True))


def test_a_revisited_page_runs_its_fragments() -> None:
    page = OpenPage()
    for request in (asking("train", "chart"), asking("inside"), asking("train")):
        assert not page.is_outdated(request)
    assert not page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside"))
    assert page.is_outdated(asking("train", "chart"))
    assert not page.is_outdated(asking("inside")), "a click on the new page"
    assert not page.is_outdated(asking("train", "chart")), "to which the server may have switched after that click"


def test_clicks_during_the_first_run_of_a_page_wait_for_its_end() -> None:
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


def test_a_reconnected_session_does_not_wait() -> None:
    asyncio.run(asyncio.wait_for(OpenPage().wait_for_first_run(asking("train", "status")), 5))


def test_a_timer_does_not_press_a_button_that_its_own_message_presses() -> None:
    """Streamlit's frontend keeps a press until its next task, and a timer that fires before sends it as well."""
    pressed = asking("train", "status")
    widgets = pressed.rerun_script.widget_states.widgets
    widgets.add(id="double_rate", trigger_value=True)
    widgets.add(id="field", double_value=0.003)
    widgets.add(id="component", json_trigger_value="[1]")
    assert remove_presses(pressed) is None
    pressed.rerun_script.is_auto_rerun = True
    data = remove_presses(pressed)
    assert data
    assert [widget.id for widget in BackMsg.FromString(data).rerun_script.widget_states.widgets] == ["field"]
    assert remove_presses(BackMsg.FromString(data)) is None
    assert remove_presses(BackMsg(app_heartbeat=True)) is None


def test_every_message_type_of_streamlit_is_classified() -> None:
    decided = {message.WhichOneof("type") for message in [*needed(), *refused()]} - {None}
    assert decided == {field.name for field in BackMsg.DESCRIPTOR.fields}


@pytest.mark.parametrize("message", refused(), ids=lambda message: str(message.WhichOneof("type")))
def test_messages_that_affect_all_sessions_are_blocked(message: BackMsg) -> None:
    assert not is_needed(parse_request(message.SerializeToString()))
    for invalid in (b"\xff", b"\x5a", b"\x5a\x80\x80\x80\x80\x80\x00", b"\x9a\x01\x01\xff"):
        assert not is_needed(parse_request(invalid))


def test_logged_out_users_cannot_run_fragments() -> None:
    rerun = BackMsg()
    rerun.rerun_script.page_name, rerun.rerun_script.fragment_id = "draw", "abc"
    whole = to_full_page_request(rerun)
    assert whole
    assert BackMsg.FromString(whole).rerun_script.page_name == "draw"
    assert BackMsg.FromString(whole).rerun_script.fragment_id == ""
    assert to_full_page_request(BackMsg(app_heartbeat=True)) is None


@pytest.mark.parametrize("message", needed(), ids=lambda message: message.WhichOneof("type"))
def test_messages_that_the_frontend_needs_are_passed_on(message: BackMsg) -> None:
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
