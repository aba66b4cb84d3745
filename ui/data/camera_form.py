"""A data set of pictures from the camera: bursts for each class, seen as thumbnails before the data set is created."""

import io
from collections.abc import Callable
from functools import partial

import streamlit as st

from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.bursts import (
    MAX_PICTURES,
    BurstPicture,
    check_class_name,
    describe_balance,
    explain_not_ready,
    pack_bursts,
)
from nn_core.data.custom.metadata import CustomDataset
from nn_core.errors import BadInput, NNLabError
from nn_core.i18n import _
from ui.app.actions import make_picture_dataset
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.app.widgets import choose
from ui.auth.uploads import count_camera_bytes
from ui.components.camera import Burst, read_frames, show_camera
from ui.components.photo_strip import get_deleted_photo, show_photo_strip
from ui.data.creation import Create, offer_creation

__all__ = ["show_camera_form"]

_KEY = "own_camera"
_PICTURES = "own_camera_pictures"
_ERROR = "own_camera_error"
_SIDE = 192  # pixels of a picture: three times the largest that a network can see


def show_camera_form(number: int) -> None:
    """Show the camera, the pictures taken so far and the button that creates the data set. Call it as a fragment.

    Args:
        number: of the form.
    """
    pictures = _get_pictures()
    left, right = st.columns([2, 3], gap="large")
    with left:
        _show_taking(pictures, number)
    with right:
        if error := st.session_state.pop(_ERROR, ""):
            st.error(escape_markdown(error), icon=":material/error:")
        if not pictures:
            st.caption(
                _(
                    "Type the name of a class, turn on the camera, and take a burst of pictures of it; move the thing a little meanwhile. "
                    "Then the same for the next class. The pictures stay in the memory of this page until you create the data set: "
                    "reloading the page discards them."
                )
            )
            return
        for label in dict.fromkeys(picture.label for picture in pictures):
            _show_class(label, [picture for picture in pictures if picture.label == label], number)
        for warning in describe_balance(pictures):
            st.warning(escape_markdown(warning), icon=":material/balance:")
    with show_errors():
        _show_creation(pictures, number)


def _show_taking(pictures: list[BurstPicture], number: int) -> None:
    labels = list(dict.fromkeys(picture.label for picture in pictures))
    typed = st.text_input(
        _("Class of the next pictures"), placeholder=_("Type a name and press Enter"), key=f"{_KEY}_class_{number}"
    )
    # Containers keep the places, because the camera would be turned off if it moved.
    problem, camera = st.container(), st.container()
    label = ""
    if typed:
        with problem, show_errors():
            label = check_class_name(typed, labels)
    st.session_state[f"{_KEY}.label"] = label
    count = st.slider(_("Pictures of a burst"), 5, 50, 20, step=5, key=f"own_camera_count_{number}")
    interval = st.slider(
        _("Milliseconds between two"),
        100,
        1000,
        200,
        step=100,
        key=f"own_camera_interval_{number}",
        help=_("A burst of {count} pictures takes {seconds:.0f} s, after a countdown of 3 s.").format(
            count=count, seconds=count * st.session_state.get(f"own_camera_interval_{number}", 200) / 1000
        ),
    )
    has_room = len(pictures) + count <= MAX_PICTURES
    with camera:
        show_camera(key=_KEY, side=_SIDE, burst=Burst(count, interval, bool(label) and has_room), on_frames=_receive)
        if not has_room:
            st.caption(_("At most {most:,} pictures are possible; delete some.").format(most=MAX_PICTURES))
        elif not label:
            st.caption(_("Type the name of a class first; then pictures of it can be taken."))


def _receive() -> None:
    """Add a burst to the class that was chosen when the component was shown."""
    pictures, label = _get_pictures(), st.session_state.get(f"{_KEY}.label", "")
    try:
        frames = read_frames(_KEY)
        if frames and label:
            if len(pictures) + len(frames.pictures) > MAX_PICTURES:
                raise BadInput(_("At most {most:,} pictures are possible; delete some.").format(most=MAX_PICTURES))
            count_camera_bytes(sum(map(len, frames.pictures)))
            burst = max((picture.burst for picture in pictures), default=0) + 1
            pictures.extend(BurstPicture(label, burst, content) for content in frames.pictures)
    except NNLabError as error:
        st.session_state[_ERROR] = str(error)


def _show_class(label: str, pictures: list[BurstPicture], number: int) -> None:
    bursts = sorted({picture.burst for picture in pictures})
    place = f"{_KEY}_{pictures[0].burst}"
    with st.container(border=True, key=f"{place}_class"):
        with st.container(horizontal=True, vertical_alignment="center"):
            text = (
                _("**{label}** · {count:,} pictures in 1 burst")
                if len(bursts) == 1
                else _("**{label}** · {count:,} pictures in {bursts} bursts")
            )
            st.markdown(
                text.format(label=escape_markdown(label), count=len(pictures), bursts=len(bursts)), width="content"
            )
            st.space("stretch")
            st.button(
                _("Take more"),
                key=f"{place}_more",
                icon=":material/photo_camera:",
                type="tertiary",
                help=_("The next pictures are of this class."),
                on_click=_choose_class,
                args=[label, number],
            )
            st.button(
                _("Delete the last burst"),
                key=f"{place}_undo_{bursts[-1]}",
                icon=":material/undo:",
                type="tertiary",
                on_click=_delete,
                args=[[picture for picture in pictures if picture.burst == bursts[-1]]],
            )
        strip = f"{place}_photos"
        show_photo_strip(
            [picture.content for picture in pictures],
            name=_("Pictures of {label}").format(label=label),
            on_delete=partial(_delete_one, strip, pictures),
            key=strip,
        )


def _choose_class(label: str, number: int) -> None:
    st.session_state[f"{_KEY}_class_{number}"] = label


def _delete_one(key: str, pictures: list[BurstPicture]) -> None:
    index = get_deleted_photo(key)
    if index is not None and 0 <= index < len(pictures):
        _delete([pictures[index]])


def _delete(deleted: list[BurstPicture]) -> None:
    gone = {id(picture) for picture in deleted}  # two pictures of a still scene can be equal
    st.session_state[_PICTURES] = [picture for picture in _get_pictures() if id(picture) not in gone]


def _show_creation(pictures: list[BurstPicture], number: int) -> None:
    from nn_core.data.custom.picture_import import MAX_SIDE, MIN_SIDE

    name, colour, size = st.columns(3)
    title = name.text_input(_("Name"), _("My pictures"), max_chars=60, key=f"own_camera_name_{number}")
    with colour:
        is_colour = choose(_("Convert to"), {True: _("Colour"), False: _("Grey")}, key=f"own_camera_colour_{number}")
    side = size.slider(_("Size (pixels)"), MIN_SIDE, MAX_SIDE, 32, step=4, key=f"own_camera_side_{number}")
    missing = explain_not_ready(pictures)
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_creation(_make_creator(pictures, side, colour=is_colour), title, number, disabled=bool(missing))
        st.download_button(
            _("Download the pictures"),
            data=partial(pack_bursts, list(pictures)),
            file_name="pictures.zip",
            mime="application/zip",
            icon=":material/download:",
            key="own_camera_zip",
            on_click="ignore",
            help=_("A ZIP with a folder for each class, which can be imported here again."),
        )
    if missing:
        st.info(escape_markdown(missing), icon=":material/info:")
    else:
        st.caption(
            _(
                "Whole bursts are kept for the test, because the pictures of a burst are nearly the same: a fifth of each class, but at "
                "least one burst. With five bursts of a class, four are for training; with two, one."
            )
        )


def _make_creator(pictures: list[BurstPicture], side: int, *, colour: bool) -> Create:
    """Return the function that creates the data set by the import of an archive. The pictures are discarded once it exists."""

    def create(title: str, show_progress: Callable[[int, int], None]) -> CustomDataset:
        archive = io.BytesIO(pack_bursts(pictures))
        created = make_picture_dataset(
            archive, title, side=side, colour=colour, options=ArchiveOptions(), on_progress=show_progress
        )
        st.session_state.pop(_PICTURES, None)
        return created

    return create


def _get_pictures() -> list[BurstPicture]:
    pictures: list[BurstPicture] = st.session_state.setdefault(_PICTURES, [])
    return pictures
