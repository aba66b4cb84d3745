"""Errors and notices on a page: one sentence, never a stack trace. A notice waits until the page's script runs next."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui.app.text import escape_markdown

__all__ = ["leave_notice", "show_errors", "take_notice"]

_MOST_WAITING = 1000
_waiting: OrderedDict[str, str] = OrderedDict()  # by the page's session, which only Streamlit knows outside of a script
_lock = threading.Lock()


def leave_notice(session: str, sentence: str) -> None:
    """Have the page show the sentence now. Nothing happens where there is no such page."""
    if not runtime.exists():
        return
    instance = runtime.get_instance()
    if not instance.is_active_session(session):
        return
    with _lock:
        _waiting[session] = sentence
        if len(_waiting) > _MOST_WAITING:
            _waiting.popitem(last=False)
    if info := instance._session_mgr.get_active_session_info(session):  # not public; a browser test holds it
        state = ClientState()
        state.CopyFrom(info.session._client_state)
        state.fragment_id = ""  # the whole page
        info.session.request_rerun(state)


def take_notice() -> str | None:
    """The sentence for the page whose script this is, if one waits; it is taken once."""
    context = get_script_run_ctx()
    with _lock:
        return _waiting.pop(context.session_id, None) if context else None


@contextmanager
def show_errors() -> Iterator[None]:
    """Show what goes wrong inside as a sentence. The stack trace of an unexpected error goes to the terminal.

    Streamlit's own control flow (rerun, stop, switch_page) passes through.
    """
    try:
        yield
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    except Exception:
        logging.getLogger("nn_lab").exception("unexpected error on a page")
        st.error(
            _(
                "Something went wrong here that should not have; the terminal shows the details. Nothing was lost: reload."
            ),
            icon=":material/error:",
        )
