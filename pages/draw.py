"""Draw: a canvas, and what a trained network reads on it; or a picture file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import find_dataset
from nn_core.i18n import _
from nn_core.places import data_folder
from nn_core.runs import RunFolder, shipped_run
from ui import cached, navigation
from ui.answer import show_answer
from ui.closer_look import Question, closer_look
from ui.draw_canvas import PEN, SIZE, draw_canvas
from ui.errors import errors_shown
from ui.next_steps import change_a_setting, next_steps, see_mistakes
from ui.pins import pin_button, pinned_drawings
from ui.role import may_change
from ui.runs import run_picker, runs_that
from ui.several import show_reading
from ui.teach import correct_button, what_you_taught
from ui.text import plain

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec

navigation.open_app()

_NAMED = 12  # classes that are listed


def reads_digits(spec: DatasetSpec) -> bool:
    return set(spec.classes) <= set("0123456789")


def what_it_knows(spec: DatasetSpec) -> str:
    """The classes, for whoever wonders what to draw."""
    names = ", ".join(plain(label) for label in spec.classes[:_NAMED])
    more = len(spec.classes) - _NAMED
    return _("{names} and {count} more").format(names=names, count=more) if more > 0 else names


def draw(run: RunFolder, spec: DatasetSpec) -> None:
    """The canvas beside the answer; a fragment, so that a stroke redraws nothing else."""
    from nn_core.drawings import drawing_from_canvas
    from nn_core.inference import read_drawing

    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            strokes = draw_canvas(test_digits=reads_digits(spec))
        network = cached.network(run)
        if network.calibration.damage:
            st.warning(plain(network.calibration.damage), icon=":material/build:")
        drawing = drawing_from_canvas(strokes, size=SIZE, pen_width=PEN)
        reading = read_drawing(network, drawing)
        if reads_digits(spec):
            invitation, when = _("Draw a digit"), _("The answer appears when you lift the pen.")
        else:
            invitation = _("Draw one of these")
            when = _("{names}. The answer appears when you lift the pen.").format(names=what_it_knows(spec))
        with right:
            part = show_reading(reading, spec, key="prediction", invitation=invitation, when=when)
            if part is not None:
                with st.container(key="draw_actions", horizontal=True):  # nothing in it for who may only look
                    correct_button(part.drawing, spec)
                    pin_button(part.drawing, part.prediction.label, spec)
                if part.prediction.refused and may_change():
                    st.caption(
                        _("Correct it: say what it is, and a copy of the network can train on your drawing in seconds.")
                    )
        if part is not None:
            closer_look(Question(run, network, part.drawing, part.prediction))


def upload(run: RunFolder, spec: DatasetSpec) -> None:
    """The same for a picture file."""
    from nn_core.inference import predict_picture

    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            file = st.file_uploader(
                _("A picture with one digit") if reads_digits(spec) else _("A picture of one thing"),
                type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
                key="picture",
                help=_(
                    "A drawing, or a photo of one on paper: dark on light or light on dark, anywhere in the picture."
                )
                if spec.ink
                else _(
                    "The whole picture is used, made as small as those that the network learned. If it is not square, its sides "
                    "are filled up with the colour of its border."
                ),
            )
            if file:
                st.image(file, width=SIZE, alt=_("The uploaded picture"))
            st.caption(_("It knows: {names}.").format(names=what_it_knows(spec)))
        if file:
            network = cached.network(run)
            with right:
                prediction = predict_picture(network, file.getvalue())
                invitation, when = _("Nothing found"), _("The picture shows no ink: choose one with a darker pen.")
                show_answer(prediction, spec, key="picture_prediction", invitation=invitation, when=when)
            if prediction is not None:
                closer_look(Question(run, network, file.getvalue(), prediction, key="picture_look"))


st.title(_("Draw"), anchor=False)
runs = runs_that(kind="pictures", goal="classify")
if not runs:
    st.info(
        _("There is no trained network for pictures yet. Train a first one, then draw for it."), icon=":material/draw:"
    )
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
run = run_picker(_("Network"), runs, default=shipped_run(), about=True)
spec = find_dataset(run.config().data.name, data_folder())
if spec.ink:
    drawing_tab, picture_tab = st.tabs([_("Draw"), _("Upload a picture")])
    with drawing_tab:
        st.fragment(draw)(run, spec)
        what_you_taught(run, spec)
        pinned_drawings()
    with picture_tab:
        st.fragment(upload)(run, spec)
else:
    st.markdown(_("This network learned from photos, so it reads picture files, and no drawings."))
    st.fragment(upload)(run, spec)
next_steps(see_mistakes(run), change_a_setting(run))
