"""Buttons that save a chart of the page as a picture. The browser copies what it has drawn, so the server needs no other program."""

from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["show_picture_buttons"]

_mount = declare_component("chart_picture", shared=("dom.js",), html='<div class="pictures" role="group"></div>')


def show_picture_buttons(chart: str, *, file: str) -> None:
    """Show the buttons.

    Args:
        chart: the key of the `st.plotly_chart`.
        file: the name of the file without its ending.
    """
    titles = {"svg": _("Picture (.svg)"), "png": _("Picture (.png)")}
    data = {"chart": chart, "file": file, "label": _("Save the chart as a picture"), "titles": titles}
    _mount(key=f"{chart}_picture", data=data)
