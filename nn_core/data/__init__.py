"""Data sets: name → DatasetSpec. Adding one is a file, a line here and its name in `config.sections.DataSettings`."""

from pathlib import Path

from nn_core.data.dataset import Dataset, DatasetSpec, Split
from nn_core.data.mnist import FASHION_MNIST, MNIST
from nn_core.data.mnist_sample import MNIST_SAMPLE

__all__ = ["DATASETS", "Dataset", "DatasetSpec", "Split", "load_dataset"]

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in (MNIST_SAMPLE, MNIST, FASHION_MNIST)}


def load_dataset(name: str, folder: Path, *, download: bool = True) -> Dataset:
    """The set in memory, fetched first where it is missing and `download` allows it.

    Raises DatasetUnavailable, or StorageFailed where there is no room to store it.
    """
    spec = DATASETS[name]
    if download and not spec.is_present(folder):
        spec.download(folder)
    train, test = spec.read(folder)
    return Dataset(spec, train, test)
