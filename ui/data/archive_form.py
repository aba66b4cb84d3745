"""The options for an uploaded archive of pictures."""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.data.custom.metadata import CustomDataset
from nn_core.i18n import _
from ui.app.actions import make_picture_dataset
from ui.app.widgets import choose

__all__ = ["show_archive_form"]

_Create = Callable[[str, Callable[[int, int], None]], CustomDataset]


def show_archive_form(file: UploadedFile, number: int) -> _Create:
    """Show the options; return the function that creates the data set, given its title and a function called with (done, total)."""
    from nn_core.data.custom.picture_import import MAX_SIDE, MIN_SIDE

    left, right = st.columns(2)
    with left:
        is_colour = choose(
            _("Convert to"),
            {True: _("Colour"), False: _("Grey")},
            key=f"own_colour_{number}",
            help=_("Grey is enough if the classes differ in shape, and trains about three times faster."),
        )
    side = right.slider(
        _("Size (pixels)"),
        MIN_SIDE,
        MAX_SIDE,
        32,
        step=4,
        key=f"own_side_{number}",
        help=_("Each picture becomes a square of this size. Larger ones show more detail and train more slowly."),
    )
    return lambda title, show_progress: make_picture_dataset(
        file, title, side=side, colour=is_colour, on_progress=show_progress
    )
