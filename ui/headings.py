"""Headings below a page's title. A page has one h1, its title; each part of it begins with an h2, however small it looks."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

__all__ = ["section_heading"]


def section_heading(title: str, box: DeltaGenerator | None = None) -> None:
    """An h2 in `box`, or where the page has got to. Its size is `headingFontSizes` in .streamlit/config.toml."""
    (box or st).header(title, anchor=False)
