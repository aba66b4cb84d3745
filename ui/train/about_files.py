"""The log of a run, and the files in its folder."""

from functools import partial
from pathlib import Path
from typing import BinaryIO

import streamlit as st

from nn_core.formatting import format_bytes
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.files import RUN_FILES
from ui.runs.run_files import show_run_files

__all__ = ["show_files", "show_log"]

_TAIL_LINES = 100
_MAX_LOG_BYTES = 1 << 20


def show_log(run: RunFolder) -> None:
    """Show the last lines of the log, or all of it, as plain text."""
    try:
        text, is_complete = _read_log(run.log_file)
    except FileNotFoundError:
        text, is_complete = "", True
    if not text:
        st.info(_("There is no log: it is written while a run trains, and is not imported."), icon=":material/info:")
        return
    lines = text.splitlines()
    shows_all = len(lines) <= _TAIL_LINES and is_complete
    with st.container(horizontal=True, vertical_alignment="center"):
        if not shows_all:
            shows_all = st.toggle(_("Show all"), key="whole_log")
        _show_download(run.log_file, _("Download the log"), key="download_log")
    if not shows_all:
        lines = lines[-_TAIL_LINES:]
        st.caption(_("The last {count} lines.").format(count=len(lines)))
    elif not is_complete:
        st.caption(_("The last {size}. The download has everything.").format(size=format_bytes(_MAX_LOG_BYTES)))
    st.code("\n".join(lines), language=None, wrap_lines=True, height="content" if len(lines) <= 20 else 480)


def _read_log(file: Path) -> tuple[str, bool]:
    """Return the log without control characters, or its end, and whether it is complete."""
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _MAX_LOG_BYTES))
        text = stream.read(_MAX_LOG_BYTES).decode("utf-8", errors="replace")
    printable = "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
    return printable, size <= _MAX_LOG_BYTES


def show_files(run: RunFolder) -> None:
    """Show the downloads of the run and of its metrics, and a list of its files."""
    show_run_files(run)
    present = [(row, file) for row in RUN_FILES.values() if (file := run.path / row.name).is_file()]
    with st.container(key="files_of_run", gap=None):
        st.markdown(_("**Single files**"))
        for row, file in present:
            if not (size := file.stat().st_size):
                continue  # a file to be locked or touched
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _show_download(file, row.name, key=f"download_file_{row.name}", is_quiet=True)
                st.caption(f"{format_bytes(size)} · {_(row.purpose)}", width="content")


def _show_download(file: Path, label: str, *, key: str, is_quiet: bool = False) -> None:
    """Show a button that downloads a file of the run. is_quiet: without an edge."""
    st.download_button(
        label,
        data=partial(_open, file),
        file_name=file.name,
        mime="application/octet-stream",
        key=key.replace(".", "_"),
        icon=":material/download:",
        on_click="ignore",
        type="tertiary" if is_quiet else "secondary",
    )


def _open(file: Path) -> BinaryIO:
    return file.open("rb")
