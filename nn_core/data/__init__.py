"""Data sets: built-in (`registry`) and custom (`custom`). Importing this package does not import torch."""

from nn_core.data.custom.drawings import OWN_DRAWINGS
from nn_core.data.dataset import Dataset, DatasetSpec, Split
from nn_core.data.registry import (
    DATASETS,
    adapt_dataset,
    find_configured_dataset,
    find_dataset,
    find_scaled_dataset,
    list_datasets,
    load_dataset,
)
from nn_core.data.settings import AugmentationSettings, DataSettings, PlaneSettings

__all__ = [
    "DATASETS",
    "OWN_DRAWINGS",
    "AugmentationSettings",
    "DataSettings",
    "Dataset",
    "DatasetSpec",
    "PlaneSettings",
    "Split",
    "adapt_dataset",
    "find_configured_dataset",
    "find_dataset",
    "find_scaled_dataset",
    "list_datasets",
    "load_dataset",
]
