"""A client of Streamlit's websocket protocol that sends what no browser would, such as a press of a hidden button."""

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

__all__ = ["fragments", "headings", "opened", "read_until_finished", "run_fragment", "run_page"]


@contextmanager
def opened(url: str, token: str = "", **headers: str) -> Iterator[ClientConnection]:
    """The WebSocket of a page, on which nothing has been said yet. token: of the `_streamlit_xsrf` cookie; Streamlit's frontend
    sends it, and without it Streamlit reads no account."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    protocols = ["streamlit", token] if token else ["streamlit"]
    kept = {"max_size": 2**26, "close_timeout": 1}  # a second, because unread messages may remain
    with connect(address, subprotocols=protocols, additional_headers=headers, **kept) as page:  # type: ignore[arg-type]
        yield page


def run_page(socket: ClientConnection, page: str, pressed: str = "", query: str = "") -> list[ForwardMsg]:
    """What the server sends until the page's script has run. pressed: the id of a widget; query: of the page's URL."""
    message = BackMsg()
    message.rerun_script.page_name, message.rerun_script.query_string = page, query
    if pressed:
        message.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
    socket.send(message.SerializeToString())
    return read_until_finished(socket)


def fragments(messages: list[ForwardMsg]) -> list[str]:
    """The ids of the fragments that drew something of a page."""
    return sorted({message.delta.fragment_id for message in messages} - {""})


def headings(messages: list[ForwardMsg]) -> list[str]:
    """The titles among what was sent."""
    return [body for message in messages if (body := message.delta.new_element.heading.body)]


def run_fragment(socket: ClientConnection, page: str, fragment: str) -> list[ForwardMsg]:
    """What the server sends when this part of the page alone is asked for."""
    message = BackMsg()
    message.rerun_script.page_name, message.rerun_script.fragment_id = page, fragment
    socket.send(message.SerializeToString())
    return read_until_finished(socket)


def read_until_finished(socket: ClientConnection) -> list[ForwardMsg]:
    """All messages up to the end of a script that runs now or will."""
    messages: list[ForwardMsg] = []
    while not messages or messages[-1].WhichOneof("type") != "script_finished":
        message = ForwardMsg()
        message.ParseFromString(socket.recv(timeout=120))  # type: ignore[arg-type]
        messages.append(message)
    return messages
