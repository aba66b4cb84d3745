"""Errors on a page: one sentence, never a stack trace."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui.text import plain

__all__ = ["errors_shown"]


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show what goes wrong inside as a sentence. The stack trace of an unexpected error goes to the terminal.

    Streamlit's own control flow (rerun, stop, switch_page) passes through.
    """
    try:
        yield
    except NNLabError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception:
        logging.getLogger("nn_lab").exception("unexpected error on a page")
        st.error(
            _(
                "Something went wrong here that should not have; the terminal shows the details. Nothing was lost: reload."
            ),
            icon=":material/error:",
        )
