"""The canvas that people draw on, with its buttons."""

from typing import Any

import streamlit as st

from nn_core.drawings import Drawing
from nn_core.drawings.canvas import make_canvas_object
from nn_core.i18n import _
from ui.components.keyboard_canvas import apply_keys, get_new_keys, show_keyboard_canvas
from ui.components.quick_canvas import improve_canvas

__all__ = ["PEN", "SIZE", "draw_canvas"]

SIZE = 280  # canvas pixels
PEN = 18

_CANVAS = "canvas"
_KEYBOARD = "keyboard_canvas"
_DIGITS_IN_A_ROW = 5
_NEXT_DIGIT = "next_test_digit"  # which drawing of each digit comes next
_START = "canvas_start"  # what the canvas was last told to show
_SHOWN = "canvas_shown"  # what it shows, as far as is known
_TOLD = "canvas_told"  # whether it has yet to report what it was told to show


def draw_canvas(*, test_digits: bool = False) -> Any:
    """The strokes on the canvas, as the component reports them. It is drawn on with a pointer or with keys.

    test_digits: whether a digit of the test data can be put on the canvas instead of drawing one.

    Undo and Clear hand the same canvas what it has to show, so that it neither flickers nor forgets. Its report of that
    comes a moment later; until then the answer is of what it was told.
    """
    from streamlit_drawable_canvas import st_canvas

    state = st.session_state
    if _CANVAS not in state:  # mounted anew, on the first visit or after another page
        _show(_strokes())
        state[_TOLD] = False
    with st.container(key="draw_hint"):
        st.caption(
            _(
                "Draw with mouse, pen or finger. Or by keyboard: press Tab until the canvas is framed; arrow keys move the pen, "
                "Space lowers and lifts it, Backspace removes the last stroke, Delete clears, Escape leaves."
            )
        )
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
        improve_canvas(key="quick_canvas")
        state[_SHOWN] = state[_START] if state[_TOLD] else result.json_data
        show_keyboard_canvas(key=_KEYBOARD, size=SIZE, pen_width=PEN, strokes=len(_strokes()), on_keys=_typed)
    with st.container(key="canvas_buttons", horizontal=True, width=SIZE):
        # Never disabled: whoever pressed one by keyboard would lose their place.
        st.button(_("Undo"), key="undo_stroke", icon=":material/undo:", on_click=_undo, width="stretch")
        st.button(_("Clear"), key="clear_canvas", icon=":material/ink_eraser:", on_click=_clear, width="stretch")
    if test_digits:
        _test_digits()
    return state[_SHOWN]


def _test_digits() -> None:
    """Puts a digit on the canvas that somebody else drew, for who cannot or would rather not draw."""
    from nn_core.data.builtin.pen_digits import PEN_DIGITS

    with st.expander(_("Start from a test digit"), key="test_digits", width=SIZE):
        st.caption(
            _(
                "Puts a digit of the test split of `pen_digits` on the canvas; press again for another one. Networks that "
                "learned `mnist_and_pen`, such as `pretrained-digits`, have seen it in training."
            )
        )
        for first in range(0, len(PEN_DIGITS.classes), _DIGITS_IN_A_ROW):
            with st.container(key=f"test_digits_{first}", horizontal=True, gap="xsmall"):
                for label in PEN_DIGITS.classes[first : first + _DIGITS_IN_A_ROW]:
                    st.button(label, key=f"test_digit_{label}", width=40, on_click=_show_test_digit, args=[label])


def _show_test_digit(label: str) -> None:
    from nn_core.data.builtin.pen_digits import read_pen_test_drawings

    drawings = read_pen_test_drawings()[label]
    turns = st.session_state.setdefault(_NEXT_DIGIT, {})
    turns[label] = turns.get(label, -1) + 1
    _show(_on_canvas(drawings[turns[label] % len(drawings)]))


def _on_canvas(drawing: Drawing) -> list[Any]:
    scale = SIZE / drawing.size
    return [
        make_canvas_object(tuple((x * scale, y * scale) for x, y in stroke), PEN)
        for stroke in drawing.strokes
        if stroke
    ]


def _typed() -> None:
    _show(apply_keys(_strokes(), get_new_keys(_KEYBOARD), size=SIZE, pen_width=PEN))


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
