"""Draw: a trained network reads what the user draws, or a picture file."""

import streamlit as st

from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, get_shipped_run
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.next_steps import change_a_setting, see_mistakes, show_next_steps
from ui.app.text import escape_markdown
from ui.app.widgets import stop_without_network
from ui.auth.permissions import can_change
from ui.components.pen_reader import identify_drawing
from ui.draw.camera import show_camera_reading
from ui.draw.canvas import PEN, SIZE, draw_canvas
from ui.draw.exchange import show_exchange
from ui.draw.explain import Question, explain_answer
from ui.draw.finetune import show_correct_button, show_corrections
from ui.draw.live import read_while_drawing
from ui.draw.picture_ink import show_advice, show_taken_ink
from ui.draw.pins import show_pin_button, show_pinned_drawings
from ui.draw.prediction_view import has_only_digits, show_reading
from ui.draw.take_away import show_take_away
from ui.runs.run_picker import filter_runs, pick_run

navigation.open_app()

_MAX_LISTED_CLASSES = 12


def describe_classes(spec: DatasetSpec) -> str:
    """List the classes, shortened if there are many."""
    names = ", ".join(escape_markdown(label) for label in spec.classes[:_MAX_LISTED_CLASSES])
    more = len(spec.classes) - _MAX_LISTED_CLASSES
    return _("{names} and {count} more").format(names=names, count=more) if more > 0 else names


def show_canvas(run: RunFolder, spec: DatasetSpec) -> None:
    """Show the canvas beside the answer. It is a fragment, so that a stroke redraws nothing else."""
    from nn_core.drawings import read_canvas
    from nn_core.inference import read_drawing

    with show_errors():
        left, right = st.columns([2, 3], gap="large")
        with left:
            strokes = draw_canvas(test_digits=has_only_digits(spec.classes))
        network = cache.get_network(run)
        if network.calibration.damage:
            st.warning(escape_markdown(network.calibration.damage), icon=":material/build:")
        drawing = read_canvas(strokes, size=SIZE, pen_width=PEN)
        reading = read_drawing(network, drawing)
        if has_only_digits(spec.classes):
            invitation, when = _("Draw a digit"), _("One digit, or several in a row.")
        else:
            invitation, when = _("Draw one of these"), _("{names}.").format(names=describe_classes(spec))
        with right:
            shown = show_reading(
                reading,
                spec,
                key="prediction",
                invitation=invitation,
                when=when,
                drawing=identify_drawing(drawing),
            )
            read_while_drawing(run, spec, drawing, key="prediction")
            if shown is not None:
                with st.container(key="draw_actions", horizontal=True):  # stays empty for viewers
                    show_correct_button(shown.source, spec)
                    show_pin_button(shown.source, shown.prediction.label, spec)
                if shown.prediction.is_out_of_distribution and can_change():
                    st.caption(
                        _("Correct it: say what it is, and a copy of the network can learn your drawing in seconds.")
                    )
        if shown is not None:
            explain_answer(Question(run, network, shown.source, shown.prediction))
        show_exchange(drawing)


def show_upload(run: RunFolder, spec: DatasetSpec) -> None:
    """Show the upload of a picture file beside the answer."""
    from nn_core.drawings.image_files import open_picture
    from nn_core.inference import read_picture

    with show_errors():
        left, right = st.columns([2, 3], gap="large")
        with left:
            file = st.file_uploader(
                _("A picture with a digit or a number")
                if has_only_digits(spec.classes)
                else _("A picture of one thing"),
                key="picture",
                help=_(
                    "A drawing or a photo, dark on light or light on dark, anywhere in the picture: on blank, ruled or squared "
                    "paper, on a board, or a screenshot."
                )
                if spec.is_line_drawing
                else _(
                    "The whole picture is used, scaled to the size that the network learned. If it is not square, it is padded with "
                    "the colour of its border."
                ),
            )
            if file:
                picture = open_picture(
                    file.getvalue(), file.name
                )  # the browser cannot show every format that can be read
                st.image(picture, width=SIZE, alt=_("The uploaded picture"))
                if spec.is_line_drawing:
                    show_taken_ink(file.getvalue(), SIZE, _("Taken for ink"))
            st.caption(_("It knows: {names}.").format(names=describe_classes(spec)))
        if file:
            network = cache.get_network(run)
            with right:
                reading = read_picture(network, file.getvalue())
                when = _("There is no ink in the picture: nothing in it is darker or lighter than its surroundings.")
                invitation = _("Nothing found")
                shown = show_reading(reading, spec, key="picture_prediction", invitation=invitation, when=when)
                if spec.is_line_drawing:
                    show_advice(reading, spec)
            if shown is not None:
                explain_answer(Question(run, network, shown.source, shown.prediction, key="picture_look"))


st.title(_("Draw"), anchor=False)
runs = filter_runs(kind="pictures", goal="classify")
if not runs:
    stop_without_network(
        _("There is no trained network for pictures yet. Train one first, then test it here."), ":material/draw:"
    )
run = pick_run(_("Network"), runs, default=get_shipped_run(), has_caption=True)
spec = find_configured_dataset(run.config().data, get_data_folder())
if spec.is_line_drawing:
    drawing_tab, picture_tab, camera_tab = st.tabs([_("Draw"), _("Upload a picture"), _("Camera")])
    with drawing_tab:
        st.fragment(show_canvas)(run, spec)
        show_corrections(run, spec)
        show_pinned_drawings()
        show_take_away(run)
else:
    st.markdown(_("This network learned from photos, so it reads pictures but no drawings."))
    picture_tab, camera_tab = st.tabs([_("Upload a picture"), _("Camera")])
with picture_tab:
    st.fragment(show_upload)(run, spec)
with camera_tab:
    st.fragment(show_camera_reading)(run, spec)
show_next_steps(see_mistakes(run), change_a_setting(run))
