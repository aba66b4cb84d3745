"""Custom data sets, made from an archive of images or a table of texts or pixels. Importing this package does not import torch.

`picture_import.make_picture_dataset` and `table_import.make_table_dataset` make one. Each is a folder `<data folder>/own/<slug>`.
"""

from nn_core.data.custom.store import (
    choose_storage,
    delete_custom_dataset,
    list_custom_datasets,
    read_custom_spec,
)
from nn_core.data.custom.validation import LIMITS, Limits

__all__ = [
    "LIMITS",
    "Limits",
    "choose_storage",
    "delete_custom_dataset",
    "list_custom_datasets",
    "read_custom_spec",
]
