"""Rows of small pictures with captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.app.images import enlarge, to_display

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["show_picture_row"]

_SIDE = 64  # screen pixels


def show_picture_row(
    pictures: Tensor, captions: Sequence[str], *, key: str, names: Sequence[str] | None = None
) -> None:
    """Show pictures, uint8 [count, channels, height, width], beside each other.

    Args:
        pictures: the pictures.
        captions: Markdown below each.
        key: of the container.
        names: what each shows, for screen readers; the captions by default.
    """
    with st.container(horizontal=True, gap="xsmall", key=key):
        for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
            alt = (
                names[number] if names else _("Picture {number}: {caption}").format(number=number + 1, caption=caption)
            )
            st.image(enlarge(to_display(picture.numpy()), 2 * _SIDE), width=_SIDE, caption=caption, alt=alt)
