"""The chart of the Map card: a point for each test picture, with a lasso."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from nn_core.i18n import _
from ui.app.charts import apply_chart_style, format_label, import_graph_objects, is_dark
from ui.app.images import MINUS, PLUS
from ui.components.shared import MARKERS

__all__ = ["MapPoints", "draw_map", "read_selection"]

_HEIGHT = 460  # pixels
_EXAMPLE = "hourglass"
"""The symbol of the example: none of the classes' `MARKERS`, and not the x of wrong answers."""


@dataclass(frozen=True)
class MapPoints:
    """The points of a map.

    Attributes:
        places: float32 [count, 2].
        labels: the class of each point, an index into `classes`.
        answers: what the network answers; the labels where it does not classify.
        classes: their names.
        is_by_mistake: whether right and wrong answers are distinguished, instead of classes.
    """

    places: npt.NDArray[np.float32]
    labels: tuple[int, ...]
    answers: tuple[int, ...]
    classes: tuple[str, ...]
    is_by_mistake: bool

    def split(self) -> list[tuple[str, list[int]]]:
        """Return the groups that have a colour and a marker of their own, with the indices of their points."""
        everything = range(len(self.labels))
        if self.is_by_mistake:
            wrong = [index for index in everything if self.answers[index] != self.labels[index]]
            right = [index for index in everything if self.answers[index] == self.labels[index]]
            return [(_("read right"), right), (_("read wrongly"), wrong)]
        return [
            (name, [index for index in everything if self.labels[index] == label])
            for label, name in enumerate(self.classes)
        ]

    def put_mistakes_first(self, members: list[int]) -> list[int]:
        """Sort points so that those that were read wrongly come first, otherwise in their order."""
        return sorted(members, key=lambda index: self.answers[index] == self.labels[index])


def draw_map(points: MapPoints, own: tuple[float, float] | None, own_name: str, *, key: str) -> list[int]:
    """Draw the map, and return the points that are selected with the lasso.

    Args:
        points: the points.
        own: where the example is; None without one.
        own_name: what it is called.
        key: of the chart.
    """
    go = import_graph_objects()
    colours = [
        str(colour)
        for colour in st.get_option(f"theme.{'dark' if is_dark() else 'light'}.chartCategoricalColors") or []
    ]
    symbols = [marker.plotly for marker in MARKERS.values()]
    figure = go.Figure()
    for number, (name, members) in enumerate(points.split()):
        is_wrong = points.is_by_mistake and number == 1
        colour = f"rgb{MINUS if number else PLUS}" if points.is_by_mistake else colours[number % len(colours)]
        hollow = not points.is_by_mistake and number >= len(symbols)
        symbol = "x" if is_wrong else symbols[number % len(symbols)] + ("-open" if hollow else "")
        figure.add_scatter(
            x=points.places[members, 0],
            y=points.places[members, 1],
            mode="markers",
            name=format_label(name),
            customdata=[[index, *_describe(points, index)] for index in members],
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 9 if is_wrong else 7,
                "opacity": 1 if is_wrong else 0.75,
            },
            hovertemplate="%{customdata[1]}<extra></extra>",
        )
    if own is not None:
        text = "white" if is_dark() else "black"
        figure.add_scatter(
            x=[own[0]],
            y=[own[1]],
            mode="markers",
            name=_("example"),
            marker={
                "symbol": _EXAMPLE,
                "size": 20,
                "color": text,
                "line": {"width": 2, "color": "black" if is_dark() else "white"},
            },
            hovertemplate=f"{format_label(own_name, 40)}<extra></extra>",
        )
    figure.update_xaxes(showticklabels=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, zeroline=False)
    apply_chart_style(figure, height=_HEIGHT)
    figure.update_layout(dragmode="lasso", legend={"orientation": "h", "y": -0.02, "itemsizing": "constant"})
    alt = _("A map of {count} test pictures. The pictures of each group can be chosen below it.").format(
        count=len(points.labels)
    )
    event = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun",
        selection_mode=("lasso", "box", "points"),
        config={"displaylogo": False, "modeBarButtons": [["lasso2d", "select2d", "zoom2d", "pan2d", "resetScale2d"]]},
        alt=alt,
    )
    return read_selection(event, len(points.labels))


def _describe(points: MapPoints, index: int) -> tuple[str]:
    label, answer = points.classes[points.labels[index]], points.classes[points.answers[index]]
    if label == answer:
        return (format_label(label),)
    return (_("{label}, read as {answer}").format(label=format_label(label), answer=format_label(answer)),)


def read_selection(event: object, count: int) -> list[int]:
    """Return the indices that the browser has sent, each once and in order; nothing else that it may send."""
    selection = event.get("selection", {}) if isinstance(event, dict) else getattr(event, "selection", {})
    found = set()
    for point in selection.get("points", []):
        data = point.get("customdata") or [None]
        index = data[0] if isinstance(data, list | tuple) else data
        if isinstance(index, int) and 0 <= index < count:
            found.add(index)
    return sorted(found)
