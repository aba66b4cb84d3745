"""The download of a run's network for ONNX Runtime, with a program that predicts, on the Runs page and the run's page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from io import BytesIO
from pathlib import Path

import streamlit as st

from nn_core.data import find_scaled_dataset
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import PROJECT, get_data_folder
from nn_core.runs import RunFolder
from ui.app.errors import show_errors

__all__ = ["show_onnx_button"]

_one_at_a_time = threading.Lock()  # each takes 600 MB and one core for some seconds
_POLL_SECONDS = 0.2
_USUAL_SECONDS = 12.0


def show_onnx_button(run: RunFolder) -> None:
    """Show the button that opens the dialog with the file; a run without weights has none yet."""
    has_weights = run.best_weights.exists() or run.last_weights.exists()
    if st.button(
        _("ONNX"),
        key="show_onnx",
        icon=":material/deployed_code:",
        disabled=not has_weights,
        help=_(
            "The network for ONNX Runtime, which other languages and browsers have too, with a small program that predicts."
        )
        if has_weights
        else _("There are no weights yet: they are first saved a few seconds after training starts."),
    ):
        _show_onnx(run)


@st.dialog(_("The network for ONNX Runtime"), width="large", on_dismiss="rerun")
def _show_onnx(run: RunFolder) -> None:
    with show_errors():
        from nn_core.export.onnx_files import make_commands, pack_onnx_files

        kind = find_scaled_dataset(run.config().data, get_data_folder()).kind
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"{run.name}.onnx"
            checked = _export(run, target)
            archive = BytesIO()
            pack_onnx_files(target, archive)
        st.markdown(_("The ZIP contains the network and a program that needs neither PyTorch nor NN Lab:"))
        st.code(make_commands(kind, run.name), language="bash", wrap_lines=True)
        st.download_button(
            _("Network and program (.zip)"),
            archive.getvalue(),
            file_name=f"{run.name}.onnx.zip",
            mime="application/zip",
            key="download_onnx",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
        st.caption(checked)


def _export(run: RunFolder, target: Path) -> str:
    """Write the files in a process of its own, which ends when the dialog is closed. Returns what it says about its check.

    Raises:
        BadInput: it failed.
    """
    place = st.empty()
    started_at = time.monotonic()

    def wait(text: str) -> None:  # closing the dialog ends the script at a call of Streamlit
        seconds = time.monotonic() - started_at
        place.progress(min(0.95, seconds / _USUAL_SECONDS), text=text.format(seconds=round(seconds)))
        time.sleep(_POLL_SECONDS)

    while not _one_at_a_time.acquire(blocking=False):
        wait(_("Waiting for another export … {seconds} s"))
    process = None
    try:
        command = [sys.executable, "-m", "nn_core", "export", str(run.path), "--as", "onnx", "--to", str(target)]
        process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        while process.poll() is None:
            wait(_("Converting and checking the network, about 10 seconds … {seconds} s"))
        place.empty()
        assert process.stderr is not None
        said = process.stderr.read().strip().splitlines()
        if process.returncode:
            raise BadInput(said[-1] if said else _("The export ended without a word. Try it again."))
        return said[-1]
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        _one_at_a_time.release()
