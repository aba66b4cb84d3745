"""Formats text, confidences, durations and dates for pages, and shows section headings.

A page has one h1, its title; each section begins with an h2.
"""

import re
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nn_core.errors import to_one_line
from nn_core.formatting import format_percent
from nn_core.i18n import _

__all__ = [
    "CERTAIN",
    "escape_markdown",
    "format_confidence",
    "format_date",
    "format_duration",
    "show_section_heading",
]

CERTAIN = 0.999  # no network deserves to be shown as 100 % sure
_LONGEST = 5000
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def escape_markdown(text: str) -> str:
    """The text with its Markdown switched off: names, paths and messages are shown as they are, never as markup."""
    return _MARKUP.sub(r"\\\1", to_one_line(text, _LONGEST))


def format_confidence(share: float) -> str:
    """How sure a network is: '97.2 %', or 'over 99.9 %'."""
    return format_percent(share) if share < CERTAIN else _("over {share}").format(share=format_percent(CERTAIN))


def format_duration(seconds: float) -> str:
    """'42 s', '3:05 min' or '1:20 h'."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return _("{minutes}:{seconds:02d} min").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours}:{minutes:02d} h").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def format_date(timestamp: str) -> datetime:
    """The ISO timestamp in the machine's own zone."""
    return datetime.fromisoformat(timestamp).astimezone()


def show_section_heading(title: str, box: DeltaGenerator | None = None) -> None:
    """An h2 in `box`, or where the page has got to. Its size is `headingFontSizes` in .streamlit/config.toml."""
    (box or st).header(title, anchor=False)
