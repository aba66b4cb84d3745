"""A card with random samples of each class of a data set."""

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
def show_sample_grid(data: Dataset, max_classes: int, max_samples: int) -> Iterator[list[Tensor]]:
    """Show an empty card for the caller to fill; yield the indices of random training samples, a tensor for each class."""
    import torch

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            show_section_heading(_("Examples"))
            st.space("stretch")
            if st.button(_("Show others"), key="other_samples", icon=":material/refresh:"):
                st.session_state["sample_seed"] = st.session_state.get("sample_seed", 0) + 1
        random = torch.Generator().manual_seed(st.session_state.get("sample_seed", 0))
        samples = []
        for label in range(min(max_classes, len(data.spec.classes))):
            members = torch.nonzero(data.train.labels == label).flatten()
            samples.append(members[torch.randperm(len(members), generator=random)[:max_samples]])
        yield samples
