"""The registry of the built-in data sets, and what finds and loads any data set. To add one, add a file and a line here.

Importing this does not import torch.
"""

from pathlib import Path

from nn_core.data.builtin.cifar10 import CIFAR10
from nn_core.data.builtin.drawn import DRAWN
from nn_core.data.builtin.function import FUNCTION, HILLS, SLOPE
from nn_core.data.builtin.mnist import EMNIST_LETTERS, FASHION_MNIST, KMNIST, MNIST
from nn_core.data.builtin.pen_digits import MNIST_AND_PEN, MNIST_AND_PEN_STYLES, PEN_DIGITS
from nn_core.data.builtin.small_digits import DIGITS_8X8, MNIST_SAMPLE
from nn_core.data.builtin.surnames import SURNAMES
from nn_core.data.builtin.toy2d import BLOBS, CIRCLES, MOONS, SPIRAL, XOR
from nn_core.data.custom import list_custom_datasets, read_custom_spec
from nn_core.data.custom.drawings import OWN_DRAWINGS, find_drawings_dataset
from nn_core.data.dataset import Dataset, DatasetSpec, is_custom
from nn_core.data.scaling import apply_scaling
from nn_core.data.settings import DataSettings

__all__ = [
    "DATASETS",
    "DOWNLOADED_DATASETS",
    "adapt_dataset",
    "find_configured_dataset",
    "find_dataset",
    "find_scaled_dataset",
    "list_datasets",
    "load_dataset",
]

_INCLUDED = (
    MNIST_SAMPLE,
    PEN_DIGITS,
    DIGITS_8X8,
    MOONS,
    CIRCLES,
    XOR,
    SPIRAL,
    BLOBS,
    SLOPE,
    HILLS,
    FUNCTION,
    DRAWN,
    SURNAMES,
)
_DOWNLOADED = (MNIST, MNIST_AND_PEN, MNIST_AND_PEN_STYLES, FASHION_MNIST, KMNIST, EMNIST_LETTERS, CIFAR10)

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in _INCLUDED + _DOWNLOADED}
"""By name, in the order on pages: those that need no download first."""

DOWNLOADED_DATASETS = tuple(spec.name for spec in _DOWNLOADED)
"""The names of the large data sets, which are downloaded."""


def find_dataset(name: str, folder: Path) -> DatasetSpec:
    """Return the built-in data set of that name, or the custom one in `folder`. Raises DatasetUnavailable.

    For a run, use `find_configured_dataset`: its settings may decide the classes.
    """
    if name == OWN_DRAWINGS and (drawings := find_drawings_dataset(folder)):
        return drawings
    return read_custom_spec(name, folder) if is_custom(name) else DATASETS[name]


def adapt_dataset(spec: DatasetSpec, settings: DataSettings) -> DatasetSpec:
    """Return the data set with what the settings decide, such as the classes of drawn points. Raises ConfigError."""
    return spec.adapt(settings) if spec.adapt else spec


def find_configured_dataset(settings: DataSettings, folder: Path) -> DatasetSpec:
    """Return the data set of the settings, with what they decide. Raises DatasetUnavailable or ConfigError."""
    return adapt_dataset(find_dataset(settings.name, folder), settings)


def find_scaled_dataset(settings: DataSettings, folder: Path) -> DatasetSpec:
    """Return the data set of the settings, with the pixel scaling that their network expects. Raises DatasetUnavailable or
    ConfigError."""
    return apply_scaling(find_configured_dataset(settings, folder), settings.scaling)


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
    spec = find_scaled_dataset(settings, folder)
    if download and not spec.is_present(folder):
        spec.download(folder)
    train, test = spec.read(folder, settings)
    return Dataset(spec, train, test)
