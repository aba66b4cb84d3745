"""The options for an uploaded table of texts."""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.data.custom.metadata import CustomDataset
from nn_core.i18n import _
from ui.app.actions import make_text_dataset

__all__ = ["show_table_form"]

_Create = Callable[[str, Callable[[int, int], None]], CustomDataset]


def show_table_form(file: UploadedFile, number: int) -> _Create:
    """Show the options; return the function that creates the data set, given its title and a function called with (done, total)."""
    from nn_core.data.custom.csv_text import MAX_TEXT_LENGTH, MIN_TEXT_LENGTH

    length = st.number_input(
        _("Characters per text"),
        MIN_TEXT_LENGTH,
        MAX_TEXT_LENGTH,
        None,
        step=1,
        placeholder=_("Automatic"),
        key=f"own_length_{number}",
        help=_("Longer texts are cut to this length. Automatic: the length that fits 95 % of your texts, at most 200."),
    )
    return lambda title, show_progress: make_text_dataset(file, title, length=length, on_progress=show_progress)
