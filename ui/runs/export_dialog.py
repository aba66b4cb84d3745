"""The dialog that exports a run as a report, an offline page, a model card, for ONNX Runtime, as a script or a notebook, on the Runs page and the run's page."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args
from zipfile import ZIP_DEFLATED, ZipFile

import streamlit as st

from nn_core.data import find_scaled_dataset
from nn_core.i18n import N_, _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.run_command import EXPORT_PURPOSES, list_run_commands
from ui.app.errors import show_errors

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

__all__ = ["show_dialog", "show_export_button"]

Format = Literal["report", "page", "card", "onnx", "script", "notebook"]
_TITLES: dict[Format, tuple[str, str, float]] = {
    "report": (N_("Report"), "report.html", 8.0),
    "page": (N_("Page that reads drawings"), "html", 5.0),
    "card": (N_("Model card"), "md", 8.0),
    "onnx": (N_("ONNX Runtime"), "onnx", 12.0),
    "script": (N_("Script"), "train.py", 10.0),
    "notebook": (N_("Notebook"), "ipynb", 10.0),
}
"""The title of each format, the ending of its file, and the usual seconds."""
_POLL_SECONDS = 0.2
_MADE = "exported_file"


@dataclass(frozen=True)
class _Made:
    """A file that can be downloaded. note: what was said while it was made."""

    run: str
    format: Format
    name: str
    content: bytes
    note: str


def show_export_button(run: RunFolder) -> None:
    """Show the button that opens the dialog."""
    if st.button(
        _("Export …"),
        key="export_run",
        icon=":material/ios_share:",
        help=_(
            "A report, a model card, the network for ONNX Runtime, or a script or notebook that repeats the training."
        ),
    ):
        st.session_state.pop(_MADE, None)
        show_dialog(run)


@st.dialog(_("Export this run"), width="large", on_dismiss="rerun")
def show_dialog(run: RunFolder) -> None:
    """Let the user choose a format, make the file, and offer it."""
    with show_errors():
        chosen: Format = st.radio(
            _("Format"),
            get_args(Format),
            format_func=lambda each: _(_TITLES[each][0]),
            captions=[_(EXPORT_PURPOSES[each]) for each in get_args(Format)],
            key="export_format",
        )
        made: _Made | None = st.session_state.get(_MADE)
        place = st.empty()
        if made and (made.run, made.format) != (run.name, chosen):
            made = None
        if made is None and place.button(
            _("Make the file"), key="make_export", type="primary", icon=":material/build:"
        ):
            made = st.session_state[_MADE] = _make_file(run, chosen)
        if made:
            _offer_file(run, made, place)
        kind = find_scaled_dataset(run.config().data, get_data_folder()).kind
        st.caption(_("The same on the command line:"))
        commands = {each.purpose: each.text for each in list_run_commands(run, kind)}
        st.code(commands[chosen], language="bash", wrap_lines=True)


def _offer_file(run: RunFolder, made: _Made, place: DeltaGenerator) -> None:
    place.download_button(
        _("Download {file}").format(file=made.name),
        made.content,
        file_name=made.name,
        mime="application/octet-stream",
        key="download_export",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )
    if made.format == "onnx":
        from nn_core.export.onnx_files import make_commands

        kind = find_scaled_dataset(run.config().data, get_data_folder()).kind
        st.markdown(_("The ZIP contains the network and a program that needs neither PyTorch nor NN Lab:"))
        st.code(make_commands(kind, run.name), language="bash", wrap_lines=True)
        st.caption(made.note)
    elif made.name.endswith(".zip"):
        st.caption(_("The ZIP also contains the data: unpack both into one folder."))


def _make_file(run: RunFolder, chosen: Format) -> _Made:
    """Make the file in a process of its own. Several files become a ZIP. Raises BadInput."""
    ending = _TITLES[chosen][1]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{run.name}.{ending}"
        note = _run_export(run, chosen, target)
        files = sorted(Path(folder).iterdir())
        if files == [target]:
            return _Made(run.name, chosen, target.name, target.read_bytes(), note)
        packed = BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.name)
        return _Made(run.name, chosen, f"{target.name}.zip", packed.getvalue(), note)


def _run_export(run: RunFolder, chosen: Format, target: Path) -> str:
    """Run the command, which ends when the dialog is closed. Returns what it says last. Raises BadInput."""
    from nn_core.jobs.export_process import run_export

    place = st.empty()
    started_at = time.monotonic()

    def wait(has_started: bool) -> None:  # closing the dialog ends the script at a call of Streamlit
        seconds = time.monotonic() - started_at
        text = (
            _("Making and checking the file, about 10 seconds … {seconds} s")
            if has_started
            else _("Waiting for another export … {seconds} s")
        )
        place.progress(min(0.95, seconds / _TITLES[chosen][2]), text=text.format(seconds=round(seconds)))
        time.sleep(_POLL_SECONDS)

    said = run_export(run, chosen, target, wait)
    place.empty()
    return said
