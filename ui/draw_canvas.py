"""The canvas that people draw on, with its buttons."""

from typing import Any

import streamlit as st

from nn_core.i18n import _

__all__ = ["PEN", "SIZE", "draw_canvas"]

SIZE = 280  # canvas pixels
PEN = 18


def draw_canvas() -> Any:
    """The strokes on the canvas, as the component reports them. Clear puts a fresh one in its place."""
    from streamlit_drawable_canvas import st_canvas

    st.caption(_("Draw with mouse, pen or finger."))  # also the room that the canvas's own toolbar appears in
    with st.container(key="draw_canvas", width=SIZE):
        result = st_canvas(
            stroke_width=PEN,
            stroke_color="#FFF",
            background_color="#000",
            width=SIZE,
            height=SIZE,
            drawing_mode="freedraw",
            return_image_data=False,
            key=f"canvas-{st.session_state.get('canvas', 0)}",
        )
    with st.container(horizontal=True, width=SIZE):
        st.button(_("Clear"), key="clear_canvas", icon=":material/ink_eraser:", on_click=_clear, width="stretch")
    return result.json_data


def _clear() -> None:
    st.session_state["canvas"] = st.session_state.get("canvas", 0) + 1
