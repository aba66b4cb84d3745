"""Data sets, built in (`registry`) and one's own (`own`). Importing this needs no torch."""

from pathlib import Path

from nn_core.data.custom import list_custom_datasets, read_custom_spec
from nn_core.data.custom.drawings import OWN_DRAWINGS, find_drawings_dataset
from nn_core.data.dataset import Dataset, DatasetSpec, Split
from nn_core.data.registry import DATASETS, is_own
from nn_core.data.settings import DataSettings, PlaneSettings
from nn_core.data.transforms.augment_settings import AugmentationSettings

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
    """The data set of that name, built in or made by the user in `folder`. Raises DatasetUnavailable."""
    if name == OWN_DRAWINGS and (drawn := find_drawings_dataset(folder)):
        return drawn
    return read_custom_spec(name, folder) if is_own(name) else DATASETS[name]


def list_datasets(folder: Path) -> dict[str, DatasetSpec]:
    """The built-in ones and those that the user made in `folder`."""
    drawn = find_drawings_dataset(folder)
    return {**DATASETS, **({drawn.name: drawn} if drawn else {}), **list_custom_datasets(folder)}


def load_dataset(settings: DataSettings, folder: Path, *, download: bool = True) -> Dataset:
    """The set, fetched first where it is missing and `download` allows it.

    Raises DatasetUnavailable, or StorageFailed where there is no room to store it.
    """
    spec = find_dataset(settings.name, folder)
    if download and not spec.is_present(folder):
        spec.download(folder)
    train, test = spec.read(folder, settings)
    return Dataset(spec, train, test)
