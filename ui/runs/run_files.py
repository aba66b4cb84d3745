"""Downloads of runs and of their metrics, a network as a Python program, and the import of runs and weights, on the Runs page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.data import find_scaled_dataset
from nn_core.formatting import format_bytes
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app.actions import import_run, import_weights
from ui.app.errors import show_errors
from ui.app.text import escape_markdown, escape_title
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.runs.export_dialog import show_export_button
from ui.runs.run_picker import get_run_title, get_run_titles
from ui.runs.weights_form import ChosenWeights, ask_about_weights, store_upload

if TYPE_CHECKING:
    from nn_core.transfer import Imported

__all__ = ["offer_import", "show_metrics_files", "show_run_files"]

_Kind = Literal["safetensors", "pt", "zip"]
_MetricsKind = Literal["csv", "parquet", "tensorboard"]
_MAX_UPLOAD_MB = 500
_MAX_METRICS_BYTES = 10_000_000
"""About 70,000 lines, from which event files are made in four seconds."""


def show_run_files(run: RunFolder) -> None:
    """Show the downloads of the run, each written when it is clicked, and the button that shows its code."""
    tips: dict[_Kind, tuple[str, str]] = {
        "safetensors": (_("Weights (.safetensors)"), _("The best network so far, in a format that is safe to load.")),
        "pt": (_("Weights (.pt)"), _("The same as a PyTorch state_dict, for torch.load(…, weights_only=True).")),
        "zip": (
            _("Whole run (.zip)"),
            _("Settings, weights, curves and training state, to import and continue elsewhere."),
        ),
    }
    with st.container(horizontal=True, vertical_alignment="center", key="run_files"):
        st.markdown(_("**Files**"), width="content")
        for kind, (label, tip) in tips.items():
            _show_download(run, kind, label, f"{run.name}.{kind}", key=f"download_{kind}", tip=tip)
        if st.button(_("Show the code"), key="show_code", icon=":material/code:"):
            _show_code(run)
        show_export_button(run)
    show_metrics_files([run])


def show_metrics_files(runs: Sequence[RunFolder]) -> None:
    """Show the downloads of the metrics of one or several runs, each written when it is clicked."""
    tips: dict[_MetricsKind, tuple[str, str]] = {
        "csv": (_("CSV"), _("Every line of the curves and the test result as a table, for spreadsheets and pandas.")),
        "parquet": (_("Parquet"), _("The same table, smaller and with types, for pandas, Polars, R and DuckDB.")),
        "tensorboard": (
            _("TensorBoard (.zip)"),
            _(
                "Curves, histograms of the layers, settings and results. Unpack it and give the folder to tensorboard --logdir."
            ),
        ),
    }
    stem = runs[0].name if len(runs) == 1 else "metrics"
    size = sum(run.metrics_file.stat().st_size for run in runs if run.metrics_file.exists())
    is_slow = size > _MAX_METRICS_BYTES
    slow = _("The curves have {size}, which takes too long on a page: use python -m nn_core export.").format(
        size=format_bytes(size)
    )
    with st.container(horizontal=True, vertical_alignment="center", key="metrics_files"):
        st.markdown(_("**Metrics**"), width="content")
        for kind, (label, tip) in tips.items():
            st.download_button(
                label,
                data=partial(_make_metrics_file, tuple(runs), kind),
                file_name=f"{stem}.tensorboard.zip" if kind == "tensorboard" else f"{stem}.{kind}",
                mime="text/csv" if kind == "csv" else "application/octet-stream",
                key=f"download_{kind}",
                icon=":material/download:",
                on_click="ignore",
                disabled=is_slow,
                help=slow if is_slow else tip,
            )


def _make_metrics_file(runs: Sequence[RunFolder], kind: _MetricsKind) -> BinaryIO:
    from nn_core.export import write_csv, write_event_zip, write_parquet

    def write(stream: BinaryIO) -> None:
        if kind == "tensorboard":
            write_event_zip(runs, stream)
        else:
            (write_csv if kind == "csv" else write_parquet)(runs, get_run_titles(), stream)

    return _write_unnamed(write)


def _show_download(
    run: RunFolder, kind: _Kind, label: str, file_name: str, *, key: str, tip: str | None = None
) -> None:
    is_missing = kind != "zip" and not (run.best_weights.exists() or run.last_weights.exists())
    if is_missing and tip:
        tip = _("There are no weights yet: they are first saved a few seconds after training starts.")
    st.download_button(
        label,
        data=partial(_make_file, run, kind),
        file_name=file_name,
        mime="application/zip" if kind == "zip" else "application/octet-stream",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        disabled=is_missing,
        help=tip,
    )


def _make_file(run: RunFolder, kind: _Kind) -> BinaryIO:
    from nn_core.transfer import write_archive, write_weights

    return _write_unnamed(
        lambda stream: write_archive(run, stream) if kind == "zip" else write_weights(run, kind, stream)
    )


def _write_unnamed(write: Callable[[BinaryIO], object]) -> BinaryIO:
    """Write a file to disk without a name, so that it is deleted when it is closed."""
    with tempfile.NamedTemporaryFile() as stream:
        write(stream)  # type: ignore[arg-type]
        stream.flush()
        return Path(stream.name).open("rb")


@st.dialog(_("The network as a program"), width="large")
def _show_code(run: RunFolder) -> None:
    with show_errors():
        with st.spinner(_("Writing the program …")):
            from nn_core.transfer import generate_code

            config = run.config()
            program = generate_code(config, find_scaled_dataset(config.data, get_data_folder()))
        st.markdown(
            _(
                "It needs PyTorch but not NN Lab. Save it as `network.py`, put the weights in the same folder as "
                "`best.safetensors`, and run the command that its first lines show."
            )
        )
        with st.container(horizontal=True):
            st.download_button(
                _("Program (.py)"),
                program,
                file_name="network.py",
                mime="text/x-python",
                key="download_code",
                icon=":material/download:",
                on_click="ignore",
            )
            _show_download(run, "safetensors", _("Weights"), "best.safetensors", key="download_code_weights")
        st.code(program, language="python", height=480)


def offer_import(runs: list[RunFolder], titles: Mapping[str, str]) -> None:
    """Show the import of a run or weights in an expander, and above it the result of the last import. Show nothing to viewers."""
    if not can_change():
        return
    _show_import_result()
    with st.expander(_("Import a run or weights"), icon=":material/upload:"):
        upload = st.file_uploader(
            _("A run's ZIP, or weights (.safetensors, .pt, .pth)"),
            # Of any type: a sentence about what to do is better than a grey file in the dialog.
            key=f"import_file_{st.session_state.get('imports', 0)}",
            max_upload_size=_MAX_UPLOAD_MB,
            help=_("No code in the file is ever run. A file that contains more than weights and figures is rejected."),
        )
        if upload is None:
            return
        is_archive = upload.name.lower().endswith(".zip")
        weights = None if is_archive else ask_about_weights(upload, runs, titles)
        name = st.text_input(
            _("Name of the run"), key="import_name", max_chars=100, placeholder=_("the name in the file")
        ).strip()
        does_fit = is_archive or weights is not None
        if st.button(_("Import"), key="import_run", type="primary", icon=":material/upload:", disabled=not does_fit):
            with show_errors():
                with st.spinner(_("Importing …")):
                    imported = _import(upload, name or None, weights)
                st.session_state["imports"] = st.session_state.get("imports", 0) + 1  # empties the uploader
                st.session_state["imported"] = imported
                st.rerun()


def _import(upload: UploadedFile, name: str | None, weights: ChosenWeights | None) -> Imported:
    with store_upload(upload) as file:
        if weights is None:
            return import_run(file, name=name, file_name=upload.name)
        return import_weights(
            file,
            weights.config,
            name=name,
            file_name=upload.name,
            scaling=weights.scaling,
            scalings=weights.scalings,
        )


def _show_import_result() -> None:
    """Show which run was just imported, with links to it."""
    imported: Imported | None = st.session_state.pop("imported", None)
    if imported is None:
        return
    name = escape_title(get_run_title(imported.run))
    st.success(_("**{run}** was imported and is ready to use.").format(run=name), icon=":material/check_circle:")
    for note in imported.notes:
        st.info(escape_markdown(note), icon=":material/info:")
    with st.container(horizontal=True):
        show_link("evaluate", run=imported.run)
        show_link("train", _("Open"), "open_in_new", run=imported.run)
