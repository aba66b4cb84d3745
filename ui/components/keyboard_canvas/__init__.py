"""Drawing by keyboard on the canvas in the same container.

The pen moves on a grid. Space lowers and lifts it, arrow keys move it, two of them at once or the keys of a number pad move it
diagonally. The browser numbers the events and sends them until they are confirmed, so no stroke is lost or drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import streamlit as st

from nn_core.drawings import Drawing, Stroke
from nn_core.drawings.canvas import make_keyboard_texts
from nn_core.errors import BadPicture
from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

__all__ = ["apply_keys", "get_new_keys", "show_keyboard_canvas", "smooth_steps"]

CELLS = 14  # of the grid, along each side; a cell is slightly larger than the pen


_mount = declare_component("keyboard_canvas", shared=("pen.js", "text.js"))


def show_keyboard_canvas(*, key: str, size: int, pen_width: int, strokes: int, on_keys: Callable[[], None]) -> None:
    """Add keyboard drawing to the canvas in the same container.

    Args:
        key: the element's key; the ID of the last event read is kept in the session state under `<key>.read`.
        size: side of the canvas in pixels.
        pen_width: diameter of the pen in pixels.
        strokes: number of strokes on the canvas.
        on_keys: called when something was drawn, undone or cleared; `get_new_keys` then returns the events.
    """
    _mount(
        key=key,
        data={
            "size": size,
            "pen": pen_width,
            "cells": CELLS,
            "strokes": strokes,
            "read": st.session_state.get(f"{key}.read", 0),
            "text": {
                "name": _("Drawing area for the keyboard"),
                "help": _(
                    "Arrow keys move the pen, two at once diagonally. Space lowers and lifts it. Backspace removes the last "
                    "stroke, Delete clears, Escape leaves the canvas."
                ),
                **make_keyboard_texts(),
            },
        },
        on_events_change=on_keys,
    )


def get_new_keys(key: str) -> list[Mapping[str, object]]:
    """Return the events since the last call: `{"id": 1, "kind": "stroke", "points": [[x, y], …]}`, or of the kind "undo" or "clear"."""
    record = f"{key}.read"
    read = st.session_state.get(record, 0)
    events = get_component_value(key, "events")
    new = [
        event
        for event in (events if isinstance(events, list) else [])
        if isinstance(event, dict) and isinstance(event.get("id"), int) and event["id"] > read
    ]
    st.session_state[record] = max((event["id"] for event in new), default=read)
    return list[Mapping[str, object]](new)


def apply_keys(
    strokes: Sequence[object], events: Sequence[Mapping[str, object]], *, size: int, pen_width: int
) -> list[object]:
    """Apply events to the objects on the canvas and return the new objects. Invalid events are ignored."""
    from nn_core.drawings.canvas import make_canvas_object

    result = list(strokes)
    for event in events:
        if event.get("kind") == "clear":
            result = []
        elif event.get("kind") == "undo":
            result = result[:-1]
        elif event.get("kind") == "stroke":
            try:
                drawing = Drawing.from_object({"size": size, "pen_width": pen_width, "strokes": [event.get("points")]})
            except BadPicture:
                continue
            result += [make_canvas_object(smooth_steps(stroke), pen_width) for stroke in drawing.strokes if stroke]
    return result


def smooth_steps(points: Stroke) -> Stroke:
    """Smooth the corners of the grid: replace the points by the midpoints of the steps, twice, as the browser does. The ends stay."""
    for _pass in range(2):
        middles = [((x + next_x) / 2, (y + next_y) / 2) for (x, y), (next_x, next_y) in pairwise(points)]
        points = (points[0], *middles, points[-1]) if middles else points
    return points
