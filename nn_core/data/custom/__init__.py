"""Data sets that the user made, of a ZIP of pictures or a CSV of text. Importing this needs no torch.

`pictures.make_picture_dataset` and `texts.make_text_dataset` make one; each is a folder `<data folder>/own/<slug>`.
"""

from nn_core.data.custom.store import (
    choose_storage,
    delete_custom_dataset,
    get_input_bytes,
    list_custom_datasets,
    read_custom_spec,
)
from nn_core.data.custom.validation import LIMITS, Limits

__all__ = [
    "LIMITS",
    "Limits",
    "choose_storage",
    "delete_custom_dataset",
    "get_input_bytes",
    "list_custom_datasets",
    "read_custom_spec",
]
