"""The drawing canvas with its buttons."""

import streamlit as st

from nn_core.drawings import Drawing
from nn_core.drawings.canvas import make_canvas_object
from nn_core.i18n import _
from ui.components.keyboard_canvas import apply_keys, get_new_keys, show_keyboard_canvas
from ui.components.quick_canvas import improve_canvas

__all__ = ["PEN", "SIZE", "clear_canvas", "draw_canvas", "show_on_canvas"]

SIZE = 280  # canvas pixels; a phone shows the canvas larger (quick_canvas.js), and fabric.js converts what is drawn to these pixels
PEN = 18

_CANVAS = "canvas"
_KEYBOARD = "keyboard_canvas"
_DIGITS_IN_A_ROW = 5
_LAST_DIGIT = "last_test_digit"  # for each digit, the index of the drawing shown last
_REQUESTED = "canvas_requested"  # what the canvas was last asked to show
_SHOWN = "canvas_shown"  # what it shows, as far as is known
_IS_PENDING = "canvas_is_pending"  # whether it has not yet confirmed what it was asked to show


def draw_canvas(*, test_digits: bool = False) -> object:
    """Show a canvas for pointer and keyboard, and return its strokes as the component reports them.

    Undo and Clear send new content to the same canvas, so it does not flicker or lose its state. The component confirms it a
    moment later; until then the function returns the requested content.

    Args:
        test_digits: whether to offer digits of the test data in place of drawing one.
    """
    from streamlit_drawable_canvas import st_canvas

    state = st.session_state
    if _CANVAS not in state:  # first visit, or back from another page
        _show(_get_strokes())
        state[_IS_PENDING] = False
    with st.container(key="draw_hint"):
        st.caption(
            _(
                "Draw with mouse, pen or finger. With the keyboard: press Tab until the canvas has a frame. Arrow keys move the "
                "pen, Space lowers and lifts it, Backspace removes the last stroke, Delete clears, Escape leaves the canvas."
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
            initial_drawing=state[_REQUESTED],
            key=_CANVAS,
            on_change=_confirm,
        )
        improve_canvas(key="quick_canvas", size=SIZE)
        state[_SHOWN] = state[_REQUESTED] if state[_IS_PENDING] else result.json_data
        show_keyboard_canvas(key=_KEYBOARD, size=SIZE, pen_width=PEN, strokes=len(_get_strokes()), on_keys=_apply_keys)
    with st.container(key="canvas_buttons", horizontal=True, width=SIZE):
        # Never disabled, because a disabled button loses the keyboard focus.
        st.button(_("Undo"), key="undo_stroke", icon=":material/undo:", on_click=_undo, width="stretch")
        st.button(
            _("Clear"), key="clear_canvas", icon=":material/ink_eraser:", on_click=_show, args=[[]], width="stretch"
        )
    if test_digits:
        _show_test_digits()
    return state[_SHOWN]


def _show_test_digits() -> None:
    """Buttons that put a digit of the test data on the canvas, for people who cannot draw or do not want to."""
    from nn_core.data.builtin.pen_digits import PEN_DIGITS

    with st.expander(_("Start from a test digit"), key="test_digits", width=SIZE):
        st.caption(
            _(
                "Puts a digit of the test split of `pen_digits` on the canvas. Press again for another one. Networks trained on "
                "`mnist_and_pen`, such as `pretrained-digits`, have seen it in training."
            )
        )
        for first in range(0, len(PEN_DIGITS.classes), _DIGITS_IN_A_ROW):
            with st.container(key=f"test_digits_{first}", horizontal=True, gap="xsmall"):
                for label in PEN_DIGITS.classes[first : first + _DIGITS_IN_A_ROW]:
                    st.button(label, key=f"test_digit_{label}", width=40, on_click=_show_test_digit, args=[label])


def _show_test_digit(label: str) -> None:
    from nn_core.data.builtin.pen_digits import read_pen_test_drawings

    drawings = read_pen_test_drawings()[label]
    last = st.session_state.setdefault(_LAST_DIGIT, {})
    last[label] = last.get(label, -1) + 1
    show_on_canvas(drawings[last[label] % len(drawings)])


def show_on_canvas(drawing: Drawing) -> None:
    """Replace what is on the canvas, from its next run on."""
    _show(_to_canvas_objects(drawing))


def _to_canvas_objects(drawing: Drawing) -> list[object]:
    scale = SIZE / drawing.size
    return [
        make_canvas_object(tuple((x * scale, y * scale) for x, y in stroke), PEN)
        for stroke in drawing.strokes
        if stroke
    ]


def _apply_keys() -> None:
    _show(apply_keys(_get_strokes(), get_new_keys(_KEYBOARD), size=SIZE, pen_width=PEN))


def _get_strokes() -> list[object]:
    shown = st.session_state.get(_SHOWN) or {}
    return list(shown.get("objects", []))


def _undo() -> None:
    _show(_get_strokes()[:-1])


def _show(strokes: list[object]) -> None:
    """Ask the canvas to show these strokes.

    The canvas ignores a request that equals the one before, even if it shows something else by now. A counter makes them differ.
    """
    state = st.session_state
    changes = state.get(_REQUESTED, {}).get("changes", 0) + 1
    state[_REQUESTED] = {"objects": strokes, "changes": changes}
    state[_IS_PENDING] = True


def clear_canvas() -> None:
    """Remove all strokes, also while another page is shown."""
    st.session_state.pop(_SHOWN, None)
    _show([])


def _confirm() -> None:
    st.session_state[_IS_PENDING] = False
