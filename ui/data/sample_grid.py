"""A card with some samples of each class of a data set, and others after a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.app.text import show_section_heading

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset

__all__ = ["show_sample_grid"]


@contextmanager
def show_sample_grid(data: Dataset, classes: int, most: int) -> Iterator[list[Tensor]]:
    """The card, to be filled; gives for each of the first classes the rows of at most so many random training samples."""
    import torch

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            show_section_heading(_("Some of them"))
            st.space("stretch")
            if st.button(_("Others"), key="other_samples", icon=":material/refresh:"):
                st.session_state["sample_seed"] = st.session_state.get("sample_seed", 0) + 1
        random = torch.Generator().manual_seed(st.session_state.get("sample_seed", 0))
        chosen = []
        for label in range(min(classes, len(data.spec.classes))):
            members = torch.nonzero(data.train.labels == label).flatten()
            chosen.append(members[torch.randperm(len(members), generator=random)[:most]])
        yield chosen
