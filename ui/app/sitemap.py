"""The pages of the app, in the order of the sidebar: declared once for the sidebar and for the HTML that the server sends first.

It imports nothing heavy, because the server reads it before the first page is opened.
"""

from dataclasses import dataclass

from nn_core.i18n import N_

__all__ = ["APP", "SITEMAP", "PageEntry"]

APP = "NN Lab"


@dataclass(frozen=True)
class PageEntry:
    """title: in the sidebar and in the browser's tab; icon: in the sidebar; heading: at the top of the page. Both texts are
    translated where they are shown."""

    title: str
    icon: str
    heading: str


def _entry(title: str, icon: str, heading: str = "") -> PageEntry:
    return PageEntry(title, f":material/{icon}:", heading or title)


SITEMAP = {
    "home": _entry(N_("Home"), "home", N_("Watch a neural network learn")),
    "playground": _entry(N_("Playground"), "scatter_plot"),
    "train": _entry(N_("Train"), "model_training"),
    "runs": _entry(N_("Runs"), "history"),
    "evaluate": _entry(N_("Evaluate"), "grid_on"),
    "draw": _entry(N_("Draw"), "draw"),
    "text": _entry(N_("Text"), "abc"),
    "inside": _entry(N_("Look inside"), "visibility"),
    "data": _entry(N_("Data"), "dataset"),
}
"""By the name of the page's file in `pages/`, which is its address too; that of "home" is empty."""
