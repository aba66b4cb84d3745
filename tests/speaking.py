"""Speaks Streamlit's protocol as no browser does: it presses what it likes."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

__all__ = ["read_until_finished", "run_page"]


def run_page(socket: ClientConnection, page: str, pressed: str = "") -> list[ForwardMsg]:
    """What the server sends until the page's script has run. pressed: the id of a widget."""
    message = BackMsg()
    message.rerun_script.page_name = page
    if pressed:
        message.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
    socket.send(message.SerializeToString())
    return read_until_finished(socket)


def read_until_finished(socket: ClientConnection) -> list[ForwardMsg]:
    """All messages up to the end of a script that runs now or will."""
    told: list[ForwardMsg] = []
    while not told or told[-1].WhichOneof("type") != "script_finished":
        message = ForwardMsg()
        message.ParseFromString(socket.recv(timeout=60))  # type: ignore[arg-type]
        told.append(message)
    return told
