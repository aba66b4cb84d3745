"""A run's files on the Runs page: what can be taken away, the network as a program, and what can be brought in."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import streamlit as st

from nn_core.config import PRESETS, RunConfig, get_preset
from nn_core.data import find_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, find_run
from ui.app.actions import import_run, import_weights
from ui.app.errors import show_errors
from ui.app.navigation import PAGES
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from nn_core.transfer import Imported

__all__ = ["import_offer", "show_run_files"]

_Kind = Literal["safetensors", "pt", "zip"]
_LARGEST_UPLOAD_MB = 500


def show_run_files(run: RunFolder) -> None:
    """Downloads of the run, each made when it is clicked; and its code."""
    trained = run.best_weights.exists() or run.last_weights.exists()
    untrained = None if trained else _("There are no weights yet: the first are saved a few seconds into the training.")
    with st.container(horizontal=True, vertical_alignment="center", key="run_files"):
        st.markdown(_("**Files**"), width="content")
        offers: tuple[tuple[_Kind, str, str], ...] = (
            (
                "safetensors",
                _("Weights (.safetensors)"),
                _("The best network so far, in a file that any script can load safely."),
            ),
            ("pt", _("Weights (.pt)"), _("The same as a state_dict of PyTorch, for torch.load(…, weights_only=True).")),
            (
                "zip",
                _("Whole run (.zip)"),
                _("Settings, weights, curves and the state to go on from, to import elsewhere."),
            ),
        )
        for kind, label, tip in offers:
            st.download_button(
                label,
                data=partial(_made, run, kind),
                file_name=f"{run.name}.{kind}",
                mime="application/zip" if kind == "zip" else "application/octet-stream",
                key=f"download_{kind}",
                icon=":material/download:",
                on_click="ignore",
                disabled=kind != "zip" and not trained,
                help=untrained if untrained and kind != "zip" else tip,
            )
        if st.button(_("Show the code"), key="show_code", icon=":material/code:"):
            _show_code(run)


def _made(run: RunFolder, kind: _Kind) -> BinaryIO:
    """The file, on disk and without a name, so that the system takes it back when it has been read."""
    from nn_core.transfer import write_archive, write_weights

    with tempfile.NamedTemporaryFile() as stream:
        if kind == "zip":
            write_archive(run, stream)  # type: ignore[arg-type]
        else:
            write_weights(run, kind, stream)  # type: ignore[arg-type]
        stream.flush()
        return Path(stream.name).open("rb")


@st.dialog(_("The network as a program"), width="large")
def _show_code(run: RunFolder) -> None:
    with show_errors():
        with st.spinner(_("Writing the program …")):
            from nn_core.transfer import generate_code

            config = run.config()
            program = generate_code(config, find_dataset(config.data.name, get_data_folder()))
        st.markdown(
            _(
                "It needs PyTorch and nothing of NN Lab. Save it as `network.py`, put the weights beside it as "
                "`best.safetensors`, and run `python network.py`."
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
            st.download_button(
                _("Weights"),
                data=partial(_made, run, "safetensors"),
                file_name="best.safetensors",
                mime="application/octet-stream",
                key="download_code_weights",
                icon=":material/download:",
                on_click="ignore",
                disabled=not (run.best_weights.exists() or run.last_weights.exists()),
            )
        st.code(program, language="python", height=480)


def import_offer(runs: list[RunFolder]) -> None:
    """A folded place to bring in a run or weights; above it, what came in just now. Nothing for who may only look."""
    if not can_change():
        return
    _import_result()
    with st.expander(_("Import a run or weights"), icon=":material/upload:"):
        upload = st.file_uploader(
            _("A run's ZIP, or weights (.safetensors, .pt, .pth)"),
            type=["zip", "safetensors", "pt", "pth"],
            key=f"import_file_{st.session_state.get('imports', 0)}",
            max_upload_size=_LARGEST_UPLOAD_MB,
            help=_("Nothing in the file is ever run: a file that holds more than weights and figures is refused."),
        )
        if upload is None:
            return
        archive = upload.name.lower().endswith(".zip")
        chosen = None if archive else _network_choice(runs)
        name = st.text_input(
            _("Name of the run"), key="import_name", max_chars=100, placeholder=_("as the file says")
        ).strip()
        if st.button(_("Import"), key="import_run", type="primary", icon=":material/upload:"):
            with show_errors():
                with st.spinner(_("Looking at every file and matching the weights …")):
                    imported = _bring_in(upload, name or None, chosen)
                st.session_state["imports"] = st.session_state.get("imports", 0) + 1  # an empty uploader
                st.session_state["imported"] = imported
                st.rerun()


def _network_choice(runs: list[RunFolder]) -> str:
    """Whose network the weights belong to: 'run NAME' or 'preset NAME'."""
    labels = {f"preset {name}": _("The preset {name}").format(name=name) for name in PRESETS}
    labels |= {f"run {run.name}": _("The run {name}").format(name=run.name) for run in runs}
    chosen: str = st.selectbox(
        _("They were trained with the network of"),
        list(labels),
        key="import_network",
        format_func=labels.__getitem__,
        help=_("Weights alone do not say what network they are for. For any other, train a run of it first."),
    )
    return chosen


def _bring_in(upload: UploadedFile, name: str | None, chosen: str | None) -> Imported:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        with file.open("wb") as stream:
            shutil.copyfileobj(upload, stream)
        if chosen is None:
            return import_run(file, name=name, called=upload.name)
        return import_weights(file, _config_of(chosen), name=name, called=upload.name)


def _config_of(chosen: str) -> RunConfig:
    kind, _space, name = chosen.partition(" ")
    return get_preset(name) if kind == "preset" else find_run(get_runs_folder(), name).config()


def _import_result() -> None:
    """What was brought in just now, and where to go with it."""
    imported: Imported | None = st.session_state.pop("imported", None)
    if imported is None:
        return
    name = escape_markdown(imported.run.name)
    st.success(_("**{run}** is here now, ready to use.").format(run=name), icon=":material/check_circle:")
    for note in imported.notes:
        st.warning(escape_markdown(note), icon=":material/info:")
    with st.container(horizontal=True):
        query = {"run": imported.run.name}
        st.page_link(PAGES["evaluate"], label=_("Evaluate"), icon=":material/grid_on:", query_params=query)
        st.page_link(PAGES["train"], label=_("Open"), icon=":material/open_in_new:", query_params=query)
