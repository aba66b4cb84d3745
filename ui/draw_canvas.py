"""The canvas that people draw on, with its buttons."""

from typing import Any

import streamlit as st

from nn_core.i18n import _
from ui.quick_canvas import quick_canvas

__all__ = ["PEN", "SIZE", "draw_canvas"]

SIZE = 280  # canvas pixels
PEN = 18

_CANVAS = "canvas"
_START = "canvas_start"  # what the canvas was last told to show
_SHOWN = "canvas_shown"  # what it shows, as far as is known
_TOLD = "canvas_told"  # whether it has yet to report what it was told to show


def draw_canvas() -> Any:
    """The strokes on the canvas, as the component reports them.

    Undo and Clear hand the same canvas what it has to show, so that it neither flickers nor forgets. Its report of that
    comes a moment later; until then the answer is of what it was told.
    """
    from streamlit_drawable_canvas import st_canvas

    state = st.session_state
    if _CANVAS not in state:  # mounted anew, on the first visit or after another page
        _show(_strokes())
        state[_TOLD] = False
    with st.container(key="draw_hint"):
        st.caption(_("Draw with mouse, pen or finger."))
    with st.container(key="draw_canvas", width=SIZE):
        result = st_canvas(
            stroke_width=PEN,
            stroke_color="#FFF",
            background_color="#000",
            width=SIZE,
            height=SIZE,
            drawing_mode="freedraw",
            return_image_data=False,
            initial_drawing=state[_START],
            key=_CANVAS,
            on_change=_reported,
        )
        quick_canvas(key="quick_canvas")
    state[_SHOWN] = state[_START] if state[_TOLD] else result.json_data
    with st.container(key="canvas_buttons", horizontal=True, width=SIZE):
        empty = not _strokes()
        st.button(_("Undo"), key="undo_stroke", icon=":material/undo:", on_click=_undo, disabled=empty, width="stretch")
        st.button(_("Clear"), key="clear_canvas", icon=":material/ink_eraser:", on_click=_clear, width="stretch")
    return state[_SHOWN]


def _strokes() -> list[Any]:
    shown = st.session_state.get(_SHOWN) or {}
    return list(shown.get("objects", []))


def _undo() -> None:
    _show(_strokes()[:-1])


def _clear() -> None:
    _show([])


def _show(strokes: list[Any]) -> None:
    """changes: the canvas loads only what differs from what it was told before, even where it shows something else by now."""
    state = st.session_state
    changes = state.get(_START, {}).get("changes", 0) + 1
    state[_START] = {"objects": strokes, "changes": changes}
    state[_TOLD] = True


def _reported() -> None:
    st.session_state[_TOLD] = False
