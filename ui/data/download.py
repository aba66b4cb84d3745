"""Downloads a data set in its own process and shows the progress."""

import subprocess
from typing import IO

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app.actions import start_download
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.app.widgets import show_teacher_button

__all__ = ["offer_download"]


@st.cache_resource(show_spinner=False)
def _get_downloads() -> dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The process and its output file by data set, shared by the whole server: all browsers show the same download."""
    return {}


def offer_download(spec: DatasetSpec) -> None:
    """Show, for a data set that is not on disk, the download button, the progress or the error."""
    download = _get_downloads().get(spec.name)
    if download:
        process, output = download
        if process.poll() is None:
            _show_progress(spec)
            return
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
        st.error(escape_markdown(lines[-1] if lines else _("The download failed.")), icon=":material/cloud_off:")
    st.info(
        _("{title} is not on this machine yet. {about}").format(title=_(spec.title), about=_(spec.about)),
        icon=":material/cloud_download:",
    )
    if show_teacher_button(_("Download"), key="download_data", icon=":material/download:"):
        with show_errors():
            _get_downloads()[spec.name] = start_download(spec.name)
            st.rerun()


def _show_progress(spec: DatasetSpec) -> None:
    @st.fragment(run_every=0.5)
    def refresh() -> None:
        fraction = spec.download_fraction(get_data_folder())
        progress = format_percent(fraction, 0)
        st.progress(fraction, text=_("Downloading {title}: {progress}").format(title=_(spec.title), progress=progress))
        if _get_downloads()[spec.name][0].poll() is not None:
            st.rerun()

    refresh()
