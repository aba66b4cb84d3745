"""Draw: a canvas, and what a trained network reads on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder, shipped_run
from ui import cached, navigation
from ui.errors import errors_shown
from ui.pictures import enlarged
from ui.probability_bars import probability_bars
from ui.runs import all_runs, run_picker
from ui.text import percent, plain

if TYPE_CHECKING:
    from nn_core.inference import Prediction, TrainedNetwork

navigation.open_app()

_SIZE = 280  # canvas pixels
_PEN = 18
_CERTAIN = 0.999  # no network deserves to be shown as 100 % sure


def canvas() -> Any:
    """The strokes on the canvas, as the component reports them. Clear puts a fresh one in its place."""
    from streamlit_drawable_canvas import st_canvas

    st.caption(_("Draw with mouse, pen or finger."))  # also the room that the canvas's own toolbar appears in
    with st.container(key="draw_canvas", width=_SIZE):
        result = st_canvas(
            stroke_width=_PEN,
            stroke_color="#FFF",
            background_color="#000",
            width=_SIZE,
            height=_SIZE,
            drawing_mode="freedraw",
            return_image_data=False,
            key=f"canvas-{st.session_state.get('canvas', 0)}",
        )
    with st.container(horizontal=True, width=_SIZE):
        st.button(_("Clear"), key="clear_canvas", icon=":material/ink_eraser:", on_click=clear, width="stretch")
    return result.json_data


def clear() -> None:
    st.session_state["canvas"] = st.session_state.get("canvas", 0) + 1


def show(prediction: Prediction | None, network: TrainedNetwork, invitation: str, key: str) -> None:
    """The answer, how sure the network is of each class, and the picture that it saw."""
    answer, picture = st.columns([3, 1], vertical_alignment="center")
    with answer, st.container(key=key):
        if prediction is None:
            st.title(invitation, anchor=False)
            st.caption(_("The answer appears when you lift the pen."))
        else:
            st.title(plain(prediction.label), anchor=False)
            share = prediction.probabilities[prediction.label]
            sure = percent(share) if share < _CERTAIN else _("over {share}").format(share=percent(_CERTAIN))
            st.caption(_("The network is {share} sure.").format(share=sure))
    with picture:
        if prediction is not None:
            st.image(
                enlarged(prediction.picture[0], 112),
                caption=_("What it sees"),
                alt=_("The 28 × 28 pixels that the network sees"),
            )
    nothing = dict.fromkeys(network.spec.classes, 0.0)
    probability_bars(prediction.probabilities if prediction else nothing, key=f"{key}_bars")


def draw(run: RunFolder) -> None:
    """The canvas beside the answer; a fragment, so that a stroke redraws nothing else."""
    from nn_core.inference import drawing_from_canvas, predict_drawing

    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            strokes = canvas()
        network = cached.network(run)
        with right:
            drawing = drawing_from_canvas(strokes, size=_SIZE, pen_width=_PEN)
            show(predict_drawing(network, drawing), network, _("Draw a digit"), "prediction")


def upload(run: RunFolder) -> None:
    """The same for a picture file."""
    from nn_core.inference import predict_picture

    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            file = st.file_uploader(
                _("A picture with one digit"),
                type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
                key="picture",
                help=_("A photo of a digit on paper, or a drawing: dark on light or light on dark."),
            )
            if file:
                st.image(file, width=_SIZE, alt=_("The uploaded picture"))
        if file:
            network = cached.network(run)
            with right:
                show(predict_picture(network, file.getvalue()), network, _("No digit found"), "picture_prediction")


st.title(_("Draw"), anchor=False)
runs = [run for run in all_runs() if run.best_weights.exists() or run.last_weights.exists()]
if not runs:
    st.info(_("There is no trained network yet. Train a first one, then draw for it."), icon=":material/draw:")
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
run = run_picker(_("Network"), runs, default=shipped_run())
drawing_tab, picture_tab = st.tabs([_("Draw"), _("Upload a picture")])
with drawing_tab:
    st.fragment(draw)(run)
with picture_tab:
    st.fragment(upload)(run)
