"""Fetches a data set in a process of its own, with a progress bar."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app.actions import start_download
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change, describe_restriction

if TYPE_CHECKING:
    import subprocess

    from nn_core.data import DatasetSpec

__all__ = ["offer_download"]


@st.cache_resource(show_spinner=False)
def _downloads() -> dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The process and what it prints, by data set, for the whole server: a second browser watches the same download."""
    return {}


def offer_download(spec: DatasetSpec) -> None:
    """What to show in the place of a data set that is not on disk: the offer to fetch it, the bar, or why it failed."""
    download = _downloads().get(spec.name)
    if download:
        process, printed = download
        if process.poll() is None:
            _bar(spec)
            return
        printed.seek(0)
        lines = printed.read().decode(errors="replace").strip().splitlines()
        st.error(escape_markdown(lines[-1] if lines else _("The download failed.")), icon=":material/cloud_off:")
    st.info(
        _("{title} is not on this machine yet. {about}").format(title=_(spec.title), about=_(spec.about)),
        icon=":material/cloud_download:",
    )
    if not can_change():
        st.caption(describe_restriction())
    elif st.button(_("Download"), key="download_data", icon=":material/download:", type="primary"):
        with show_errors():
            _downloads()[spec.name] = start_download(spec.name)
            st.rerun()


def _bar(spec: DatasetSpec) -> None:
    @st.fragment(run_every=0.5)
    def tick() -> None:
        share = spec.download_fraction(get_data_folder())
        st.progress(
            share, text=_("Downloading {title}: {share}").format(title=_(spec.title), share=format_percent(share, 0))
        )
        if _downloads()[spec.name][0].poll() is not None:
            st.rerun()

    tick()
