"""Custom data sets: uploading, checking, creating and deleting them."""

from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.data import DatasetSpec
from nn_core.data.custom.archives.opening import is_archive
from nn_core.data.custom.archives.packed_table import describe_packed, unpack_table
from nn_core.data.custom.metadata import CustomDataset, summarize
from nn_core.data.custom.validation import LIMITS
from nn_core.i18n import _
from ui.app import cache
from ui.app.actions import delete_custom_dataset
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.app.widgets import choose, show_link
from ui.auth.permissions import can_change
from ui.data.archive_form import show_archive_form
from ui.data.camera_form import show_camera_form
from ui.data.creation import CREATED, FORM, offer_creation
from ui.data.table_form import show_table_form
from ui.data.table_preview import TableUpload

__all__ = ["show_custom_actions", "show_custom_data"]

_FOLDER_EXAMPLE = """my-animals.zip
├── cats
│   ├── tom.jpg
│   ├── kitty.jpg
│   └── …
└── dogs
    ├── rex.jpg
    └── …"""
_CSV_EXAMPLE = """text,label
good morning,English
guten Morgen,German
…"""


def show_custom_data() -> None:
    """Show the instructions and the upload in an expander; show nothing to viewers."""
    if not can_change():
        return
    number = st.session_state.get(FORM, 0)  # a new number gives a new form, closed and empty
    with st.expander(_("Use your own data"), icon=":material/upload_file:", key=f"own_data_{number}"):
        source = choose(
            _("Where the data are"),
            {"file": _("In a file"), "camera": _("In front of the camera")},
            key=f"own_source_{number}",
        )
        if source == "camera":
            st.fragment(show_camera_form)(number)
            return
        _show_instructions()
        max_mb = int(st.get_option("server.maxUploadSize"))
        file = st.file_uploader(
            _("An archive of pictures or a table of texts"),
            # Of any type: a sentence about what to do is better than a grey file in the dialog.
            key=f"own_file_{number}",
            help=_(
                "ZIP or TAR of pictures; CSV, JSON, Excel or OpenDocument of texts, also packed; at most {size} MB. For a larger file, use "
                "python -m nn_core import-data FILE --name NAME in a terminal."
            ).format(size=max_mb),
        )
        if file is not None:
            with show_errors():
                _show_form(file, number)


def show_custom_actions(spec: DatasetSpec) -> None:
    """Show the result of the upload, if it is this data set, and the actions of a custom data set."""
    created: CustomDataset | None = st.session_state.get(CREATED)
    if created and created.name == spec.name:
        st.success(
            _("**{title}** is ready. {sentence}").format(
                title=escape_markdown(created.metadata.title), sentence=escape_markdown(summarize(created.metadata))
            ),
            icon=":material/check_circle:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        show_link("train", _("Train on it"), data=spec.name)
        if can_change() and st.button(_("Delete"), key="delete_data", icon=":material/delete:"):
            _ask_delete(spec)


def _show_instructions() -> None:
    pictures, texts = st.columns(2, gap="large")
    with pictures:
        st.markdown(
            _(
                "**Pictures.** Make a folder for each class with at least 5 pictures in it, and pack the folders as a ZIP or tar. "
                "The name of the folder is the answer that the network learns. A table of file and label in the archive works "
                "too."
            )
        )
        st.code(_FOLDER_EXAMPLE, language=None)
        st.download_button(
            _("Download an example"),
            data=_make_example,
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
                "**Texts.** Make a table with the text in one column and its class in another (CSV, TSV, Excel, ODS or JSON). "
                "Each class needs at least 5 different texts. A table of pixels becomes pictures."
            )
        )
        st.code(_CSV_EXAMPLE, language=None)
        st.caption(_("Your data is stored only in the data folder of NN Lab."))


def _make_example() -> bytes:
    from nn_core.data.custom.example_archive import make_example_zip

    return make_example_zip()


def _find_table(file: UploadedFile) -> TableUpload | None:
    """Return the table, which may be packed; None for an archive of pictures. Raises BadInput if it cannot be opened."""
    if not is_archive(file) and not file.name.lower().endswith(".zip"):
        return TableUpload(file, file.file_id, file.name)
    packed = unpack_table(file, LIMITS)
    return TableUpload(packed.stream, file.file_id, packed.path, describe_packed(packed)) if packed else None


def _show_form(file: UploadedFile, number: int) -> None:
    """Show the options and the button that creates the data set."""
    key = f"own_table_{number}_{file.file_id}"
    if key not in st.session_state:
        st.session_state[key] = _find_table(file)
    table: TableUpload | None = st.session_state[key]
    stem = PurePath(table.name if table else file.name).stem.removesuffix(".tar")
    title = st.text_input(_("Name"), stem[:60], max_chars=60, key=f"own_name_{number}_{file.file_id}")
    create = show_table_form(table, number) if table else show_archive_form(file, number)
    if create:
        offer_creation(create, title, number)


@st.dialog(_("Delete the data set?"))
def _ask_delete(spec: DatasetSpec) -> None:
    st.markdown(
        _(
            "**{title}** will be permanently deleted from this machine. Networks trained on it stay, but can no longer be tested or "
            "trained further."
        ).format(title=escape_markdown(spec.title))
    )
    with st.container(horizontal=True):
        if st.button(_("Delete"), key="confirm_delete_data", type="primary", icon=":material/delete:"):
            with show_errors():
                delete_custom_dataset(spec.name)
                st.session_state.pop(CREATED, None)
                cache.get_dataset.clear()
                st.query_params.pop("set", None)
                st.rerun()
        if st.button(_("Keep it"), key="keep_data"):
            st.rerun()
