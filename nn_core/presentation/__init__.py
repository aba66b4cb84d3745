"""The demo that a presenter assembles from links to pages, and its file."""

from nn_core.presentation.demo import Demo, DemoView, format_demo, make_link, normalize_link, parse_demo
from nn_core.presentation.demo_file import change_demo, read_demo

__all__ = [
    "Demo",
    "DemoView",
    "change_demo",
    "format_demo",
    "make_link",
    "normalize_link",
    "parse_demo",
    "read_demo",
]
