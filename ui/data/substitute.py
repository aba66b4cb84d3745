"""Examples for a network whose own data set is not on this machine: the digits of `mnist_sample`, which come with NN Lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DATASETS, DatasetSpec, DataSettings, find_configured_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache
from ui.app.text import escape_markdown

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["find_substitute", "get_examples", "show_substitute_note"]

_SUBSTITUTE = DATASETS["mnist_sample"]


def get_examples(settings: DataSettings) -> Dataset | None:
    """Return the data set of a run, or if it is not on this machine, `mnist_sample` where that fits, and say so on the page.

    Examples are for looking at what a network does. They are not for measuring it, because it may have been trained on them.
    None if neither is there.
    """
    spec = find_configured_dataset(settings, get_data_folder())
    if spec.is_present(get_data_folder()):
        return cache.get_dataset(settings)
    substitute = find_substitute(spec)
    if substitute is None:
        return None
    show_substitute_note(spec)
    return cache.get_dataset(DataSettings(name=substitute.name))


def show_substitute_note(spec: DatasetSpec) -> None:
    """Say that the examples are not those of the data set."""
    text = _("{data} is not on this machine, so the examples are those of {substitute}.")
    names = {"data": escape_markdown(_(spec.title)), "substitute": escape_markdown(_(_SUBSTITUTE.title))}
    st.caption(f":material/info: {text.format(**names)}")


def find_substitute(spec: DatasetSpec) -> DatasetSpec | None:
    """Return `mnist_sample` for a data set of the same classes and pictures of the same size; None for any other."""
    own = (spec.kind, spec.shape, spec.classes)
    return _SUBSTITUTE if own == (_SUBSTITUTE.kind, _SUBSTITUTE.shape, _SUBSTITUTE.classes) else None
