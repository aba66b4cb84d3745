"""The texts of a data set's test split, as people write them."""

import streamlit as st

from nn_core.data import DataSettings, find_dataset
from nn_core.places import data_folder
from ui import cached

__all__ = ["example_texts"]


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs={DataSettings: DataSettings.model_dump_json})
def example_texts(settings: DataSettings) -> list[str]:
    """In the order of the split; in small letters where only those are known. Raises DatasetUnavailable."""
    spec = find_dataset(settings.name, data_folder())
    if spec.written:
        return spec.written(data_folder())[1]
    from nn_core.data.text import decode

    return decode(cached.dataset(settings).test.inputs, spec.alphabet)
