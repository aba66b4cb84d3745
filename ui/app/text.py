"""Text on pages: user text without Markdown, dates and section headings.

A page has one h1, its title; each section begins with an h2. Numbers are formatted by `nn_core.formatting`.
"""

import re
from datetime import datetime

import streamlit as st

from nn_core.errors import to_one_line
from nn_core.runs.label import isolate_direction

__all__ = ["escape_markdown", "escape_title", "parse_date", "show_section_heading"]

_MAX_LENGTH = 5000
_ADDRESS = re.compile(r"(?<=www)\.|(?<=http)s?:|@", re.IGNORECASE)
_WORD_JOINER = "\u2060"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def escape_markdown(text: str) -> str:
    """Escape Markdown, so that names, paths and messages are shown unchanged and never as markup."""
    return _MARKUP.sub(r"\\\1", to_one_line(text, _MAX_LENGTH))


def escape_title(title: str) -> str:
    """Escape the Markdown in a run's title, which is one line without control characters, for use inside other text.

    An address in it does not become a link either. Markdown finds addresses after escapes, so invisible characters divide them.
    """
    return isolate_direction(_MARKUP.sub(r"\\\1", _ADDRESS.sub(rf"{_WORD_JOINER}\g<0>", title)))


def parse_date(timestamp: str) -> datetime:
    """Parse an ISO timestamp and convert it to the machine's time zone."""
    return datetime.fromisoformat(timestamp).astimezone()


def show_section_heading(title: str) -> None:
    """Show an h2. Its size is `headingFontSizes` in .streamlit/config.toml."""
    st.header(title, anchor=False)
