"""Errors and notices on a page: one sentence, never a stack trace. A notice is shown when the page's script runs next."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui.app.text import escape_markdown
from ui.compat import rerun_page

__all__ = ["leave_notice", "show_errors", "take_notice", "toast_errors"]

_MAX_NOTICES = 1000
_notices: OrderedDict[str, str] = OrderedDict()  # by Streamlit's session id
_lock = threading.Lock()


def leave_notice(session: str, sentence: str) -> None:
    """Make the page with this session id show the sentence now. Do nothing if there is no such page."""
    if not (runtime.exists() and runtime.get_instance().is_active_session(session)):
        return
    with _lock:
        _notices[session] = sentence
        if len(_notices) > _MAX_NOTICES:
            _notices.popitem(last=False)
    rerun_page(session)


def take_notice() -> str | None:
    """The notice for the current page, if there is one; it is removed from the list."""
    context = get_script_run_ctx()
    with _lock:
        return _notices.pop(context.session_id, None) if context else None


@contextmanager
def show_errors() -> Iterator[None]:
    """Show an error raised inside as a sentence. The stack trace of an unexpected error goes to the terminal.

    Streamlit's own control flow (rerun, stop, switch_page) passes through.
    """
    try:
        yield
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    except Exception:
        logging.getLogger("nn_lab").exception("unexpected error on a page")
        st.error(
            _("Something unexpected went wrong. Nothing was lost: reload the page. The terminal shows the details."),
            icon=":material/error:",
        )


@contextmanager
def toast_errors() -> Iterator[None]:
    """Show an error raised inside as a toast. For callbacks, which run before the page and cannot show anything else."""
    try:
        yield
    except NNLabError as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
