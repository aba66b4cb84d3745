"""What was taken for ink in a picture file, and what to do if it was the wrong thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.i18n import _
from ui.app.text import escape_markdown
from ui.draw.prediction_view import has_only_digits

if TYPE_CHECKING:
    from nn_core.drawings.pictures import PictureSource
    from nn_core.inference import Reading

__all__ = ["show_advice", "show_taken_ink"]


def show_taken_ink(source: PictureSource, width: int, caption: str | None = None) -> None:
    """Show the ink in white on black, and nothing if there is none.

    Raises:
        BadPicture: the file cannot be read.
    """
    from nn_core.drawings.preprocess import show_ink

    ink = show_ink(source)
    if ink is not None:
        st.image(ink, width=width, caption=caption, alt=_("What was taken for ink, white on black"))


def show_advice(reading: Reading[PictureSource] | None, spec: DatasetSpec) -> None:
    """Say what helps, below an answer that is refused or missing."""
    if reading is not None and not reading.is_out_of_distribution:
        return
    crop = _("Crop to one digit") if has_only_digits(spec.classes) else _("Crop to one of them")
    advice = _("{crop}; avoid lines and dark edges.").format(crop=crop)
    seen = _("The picture *Taken for ink* shows what was read.") if reading is not None else ""
    st.info(escape_markdown(advice) + (f" {seen}" if seen else ""), icon=":material/crop:")
