"""Exporting the user's drawings to a file, and importing such a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.drawings.exchange import (
    MAX_FILE_BYTES,
    ImportedDrawings,
    SharedDrawing,
    pack_lines,
    pack_pictures,
    read_shared,
)
from nn_core.drawings.pins import Pin, read_pins
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache
from ui.app.actions import import_drawings
from ui.app.errors import show_errors
from ui.auth.permissions import can_change
from ui.draw.canvas import show_on_canvas

__all__ = ["show_exchange"]

_FORM = "exchange_form_number"
_RESULT = "exchange_result"


def show_exchange(drawing: Drawing) -> None:
    """Show the export, and the import for those who may change something.

    Args:
        drawing: what is on the canvas.
    """
    number = st.session_state.get(_FORM, 0)  # a new number gives an empty uploader
    if result := st.session_state.pop(_RESULT, ""):
        st.toast(result, icon=":material/check:")
    with st.expander(_("Export and import drawings"), icon=":material/swap_vert:", key="exchange"):
        _show_export(drawing)
        if can_change():
            file = st.file_uploader(
                _("Import drawings"),
                key=f"exchange_file_{number}",
                max_upload_size=MAX_FILE_BYTES // 1_000_000,
                help=_(
                    "JSON Lines of strokes, or a ZIP of PNG, as they are exported here. The file is checked before anything is stored."
                ),
            )
            if file is not None:
                with show_errors():
                    _show_import(file, number)


def _show_export(drawing: Drawing) -> None:
    folder = get_data_folder()
    pins, corrections = read_pins(folder), read_corrections(get_corrections_file(folder))
    known = {pin.drawing for pin in pins} | {correction.drawing for correction in corrections}
    current = [] if drawing.is_empty or drawing in known else [drawing]
    drawings: list[SharedDrawing] = [*current, *pins, *corrections]
    if not drawings:
        st.caption(_("There is nothing to export yet: draw something on the canvas."))
        return
    st.caption(_describe(drawings))
    with st.container(horizontal=True):
        _show_download(
            _("Strokes (JSON Lines)"),
            partial(pack_lines, drawings),
            "drawings.jsonl",
            _("Exact, one drawing per line; python -m nn_core predict RUN --drawings FILE reads it."),
        )
        _show_download(
            _("Pictures (ZIP of PNG)"),
            partial(pack_pictures, drawings),
            "drawings.zip",
            _(
                "A folder for each label. Each picture also contains its strokes, so that this page can import it exactly."
            ),
        )


def _show_download(label: str, pack: Callable[[], bytes], file_name: str, help_text: str) -> None:
    st.download_button(
        label,
        data=pack,
        file_name=file_name,
        mime="application/zip" if file_name.endswith(".zip") else "application/jsonl",
        icon=":material/download:",
        key=f"export_{file_name.replace('.', '_')}",
        on_click="ignore",
        help=help_text,
    )


def _show_import(file: UploadedFile, number: int) -> None:
    key = f"exchange_read_{number}_{file.file_id}"
    if key not in st.session_state:
        st.session_state[key] = read_shared(file.getvalue(), file.name)
    drawings: list[SharedDrawing] = st.session_state[key]
    st.markdown(_("**The file has:** {drawings}").format(drawings=_describe(drawings)))
    if st.button(_("Import them"), key="import_drawings", icon=":material/upload:"):
        stored = import_drawings(drawings)
        if stored.unlabelled:
            show_on_canvas(stored.unlabelled)
        st.session_state[_RESULT] = _describe_result(stored)
        st.session_state[_FORM] = number + 1
        cache.get_dataset.clear()  # the drawings are also a data set
        st.rerun()  # the whole page, with the lists below


def _describe(drawings: list[SharedDrawing]) -> str:
    return _("{canvas} on the canvas, {pinned:,} pinned, {labelled:,} with a label to train on.").format(
        canvas=sum(isinstance(each, Drawing) for each in drawings),
        pinned=sum(isinstance(each, Pin) for each in drawings),
        labelled=sum(isinstance(each, Correction) for each in drawings),
    )


def _describe_result(stored: ImportedDrawings) -> str:
    text = _(
        "Imported: {pinned:,} pinned, {labelled:,} with a label. Skipped because they are here already: {duplicates:,}."
    )
    text = text.format(pinned=stored.pinned, labelled=stored.labelled, duplicates=stored.duplicates)
    return f"{text} {_('One is on the canvas.')}" if stored.unlabelled else text
