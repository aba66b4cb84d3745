"""One's own data: uploaded, checked, made into a data set, and deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app import cache, navigation
from ui.app.actions import delete_own, make_picture_dataset, make_text_dataset
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from nn_core.data import DatasetSpec
    from nn_core.data.custom.metadata import CustomDataset

__all__ = ["show_custom_actions", "show_custom_data"]

_MADE = "own_made"
_FORM = "own_form_number"
_LAYOUT = """my-animals.zip
├── cats
│   ├── tom.jpg
│   ├── kitty.jpg
│   └── …
└── dogs
    ├── rex.jpg
    └── …"""
_TABLE = """text,label
good morning,English
guten Morgen,German
…"""


def show_custom_data() -> None:
    """The fold with the explanation and the uploader; not for who may only look."""
    if not can_change():
        return
    number = st.session_state.get(_FORM, 0)  # another number is another form: closed and empty
    with st.expander(_("Use your own data"), icon=":material/upload_file:", key=f"own_data_{number}"):
        _explanation()
        largest = int(st.get_option("server.maxUploadSize"))
        file = st.file_uploader(
            _("A ZIP of pictures or a CSV of texts"),
            type=["zip", "csv", "tsv", "txt"],
            key=f"own_file_{number}",
            help=_(
                "At most {size} MB here. Larger ones: python -m nn_core import-data FILE --name NAME in a terminal."
            ).format(size=largest),
        )
        if file is not None:
            with show_errors():
                _form(file, number)


def show_custom_actions(spec: DatasetSpec) -> None:
    """What became of the upload, if it is this data set, and what can be done with it."""
    made: CustomDataset | None = st.session_state.get(_MADE)
    if made and made.name == spec.name:
        _success(made)
    with st.container(horizontal=True, vertical_alignment="center"):
        _train_link(spec.name)
        if can_change() and st.button(_("Delete"), key="delete_data", icon=":material/delete:"):
            _ask_delete(spec)


def _explanation() -> None:
    pictures, texts = st.columns(2, gap="large")
    with pictures:
        st.markdown(
            _(
                "**Pictures.** Make a folder for each class, put at least 5 pictures into each, and pack the folders as a ZIP. "
                "The folder's name is what the network will answer."
            )
        )
        st.code(_LAYOUT, language=None)
        st.download_button(
            _("An example to try"),
            data=_example,
            file_name="shapes.zip",
            mime="application/zip",
            icon=":material/download:",
            key="example_zip",
            on_click="ignore",
            help=_("90 small drawings of circles, squares and crosses."),
        )
    with texts:
        st.markdown(
            _(
                "**Texts.** Write a table with the text in one column and its class in another, and save it as CSV (UTF-8). "
                "At least 5 different texts of each class."
            )
        )
        st.code(_TABLE, language=None)
        st.caption(_("Your data is stored in the data folder of NN Lab and nowhere else."))


def _example() -> bytes:
    from nn_core.data.custom.zip_layout import make_example_zip

    return make_example_zip()


def _form(file: UploadedFile, number: int) -> None:
    """What there is to choose, and the button that makes the data set."""
    is_zip = file.name.lower().endswith(".zip")
    title = st.text_input(
        _("Name"), PurePath(file.name).stem[:60], max_chars=60, key=f"own_name_{number}_{file.file_id}"
    )
    make = _picture_choices(file, number) if is_zip else _text_choices(file, number)
    if st.button(_("Make the data set"), key="make_data", type="primary", icon=":material/construction:"):
        bar = st.progress(0.0, text=_("Checking the file …"))

        def show(done: int, total: int) -> None:
            if done % max(1, total // 100) == 0:
                bar.progress(done / total, text=_("Reading: {share}").format(share=format_percent(done / total, 0)))

        try:
            made = make(title, show)
        finally:
            bar.empty()
        st.session_state[_MADE] = made
        st.session_state[_FORM] = number + 1
        st.query_params["set"] = made.name
        _forget_what_was_read()
        st.rerun()


Make = Callable[[str, Callable[[int, int], None]], "CustomDataset"]


def _picture_choices(file: UploadedFile, number: int) -> Make:
    from nn_core.data.custom.zip_images import MAX_SIDE, MIN_SIDE

    left, right = st.columns(2)
    names = {True: _("Colour"), False: _("Grey")}
    colour = left.segmented_control(
        _("Pictures in"),
        [True, False],
        default=True,
        required=True,
        format_func=names.__getitem__,
        key=f"own_colour_{number}",
        help=_("Grey is enough where shapes tell the classes apart, and trains three times faster or so."),
    )
    side = right.slider(
        _("Size (pixels)"),
        MIN_SIDE,
        MAX_SIDE,
        32,
        step=4,
        key=f"own_side_{number}",
        help=_("Each picture becomes a square of this side. Larger ones show more and train slower."),
    )
    return lambda title, show: make_picture_dataset(file, title, side=side, colour=bool(colour), on_progress=show)


def _text_choices(file: UploadedFile, number: int) -> Make:
    from nn_core.data.custom.csv_text import MAX_TEXT_LENGTH, MIN_TEXT_LENGTH

    length = st.number_input(
        _("Characters that are read of each text"),
        MIN_TEXT_LENGTH,
        MAX_TEXT_LENGTH,
        None,
        step=1,
        placeholder=_("Automatic"),
        key=f"own_length_{number}",
        help=_("Longer texts are cut there. Automatic: what 95 % of your texts keep within, and at most 200."),
    )
    return lambda title, show: make_text_dataset(file, title, length=length, on_progress=show)


def _success(made: CustomDataset) -> None:
    from nn_core.data.custom.metadata import summarize

    st.success(
        _("**{title}** is ready. {sentence}").format(
            title=escape_markdown(made.metadata.title), sentence=escape_markdown(summarize(made.metadata))
        ),
        icon=":material/check_circle:",
    )


def _train_link(name: str) -> None:
    st.page_link(
        navigation.PAGES["train"],
        label=_("Train on it"),
        icon=":material/model_training:",
        query_params={"data": name},
    )


@st.dialog(_("Delete the data set?"))
def _ask_delete(spec: DatasetSpec) -> None:
    st.markdown(
        _(
            "**{title}** will be gone from this machine for good. Networks that learned it stay, but can no longer be tested or "
            "trained further."
        ).format(title=escape_markdown(spec.title))
    )
    with st.container(horizontal=True):
        if st.button(_("Delete"), key="confirm_delete_data", type="primary", icon=":material/delete:"):
            with show_errors():
                delete_own(spec.name)
                st.session_state.pop(_MADE, None)
                _forget_what_was_read()
                st.query_params.pop("set", None)
                st.rerun()
        if st.button(_("Keep it"), key="keep_data"):
            st.rerun()


def _forget_what_was_read() -> None:
    """A data set may have gone, and another may have its name."""
    cache.get_dataset.clear()
