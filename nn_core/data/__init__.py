"""Data sets: built-in (`registry`) and custom (`custom`). Importing this package does not import torch."""

from pathlib import Path

from nn_core.data.custom import list_custom_datasets, read_custom_spec
from nn_core.data.custom.drawings import OWN_DRAWINGS, find_drawings_dataset
from nn_core.data.dataset import Dataset, DatasetSpec, Split
from nn_core.data.registry import DATASETS, is_custom
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
    "find_dataset",
    "list_datasets",
    "load_dataset",
]


def find_dataset(name: str, folder: Path) -> DatasetSpec:
    """Return the built-in data set of that name, or the custom one in `folder`. Raises DatasetUnavailable."""
    if name == OWN_DRAWINGS and (drawings := find_drawings_dataset(folder)):
        return drawings
    return read_custom_spec(name, folder) if is_custom(name) else DATASETS[name]


def list_datasets(folder: Path) -> dict[str, DatasetSpec]:
    """Return the built-in data sets and the custom ones in `folder`, by name."""
    drawings = find_drawings_dataset(folder)
    return {**DATASETS, **({drawings.name: drawings} if drawings else {}), **list_custom_datasets(folder)}


def load_dataset(settings: DataSettings, folder: Path, *, download: bool = True) -> Dataset:
    """Load a data set. A missing one is downloaded first, if `download` allows it.

    Raises:
        DatasetUnavailable: it is missing or damaged.
        StorageFailed: it cannot be stored.
    """
    spec = find_dataset(settings.name, folder)
    if download and not spec.is_present(folder):
        spec.download(folder)
    train, test = spec.read(folder, settings)
    return Dataset(spec, train, test)
