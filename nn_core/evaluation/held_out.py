"""The test data that a run is examined on: that of its own data set, or a substitute if that is not on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec, Split, find_configured_dataset, find_dataset, load_dataset
from nn_core.data.settings import DataSettings

__all__ = ["HeldOutData", "find_held_out_settings", "load_held_out_data"]

_SUBSTITUTE = "mnist_sample"


@dataclass(frozen=True)
class HeldOutData:
    """Examples that the network was not trained on.

    Attributes:
        spec: of the data set that they are from.
        settings: with which it was read.
        test: the examples.
        is_substitute: whether it is another data set than the run's. Then its figures are not those of `evaluation.json`.
    """

    spec: DatasetSpec
    settings: DataSettings
    test: Split
    is_substitute: bool


def find_held_out_settings(config: RunConfig, data_folder: Path) -> DataSettings | None:
    """Find a data set on this machine whose test split can examine a network with this config, without reading it.

    Returns:
        The run's own settings; else `mnist_sample` if it has the same classes and shape; else None, and the run's data set must be
        downloaded first.
    """
    spec = find_configured_dataset(config.data, data_folder)
    if spec.is_present(data_folder):
        return config.data
    other = find_dataset(_SUBSTITUTE, data_folder)
    if other.is_present(data_folder) and (other.classes, other.shape) == (spec.classes, spec.shape):
        return DataSettings(name=_SUBSTITUTE)
    return None


def load_held_out_data(config: RunConfig, data_folder: Path) -> HeldOutData:
    """Load the test data for a run with this config.

    Raises:
        DatasetUnavailable: neither the run's data set nor a substitute is on this machine.
    """
    settings = find_held_out_settings(config, data_folder) or config.data
    dataset = load_dataset(settings, data_folder, download=False)
    return HeldOutData(dataset.spec, settings, dataset.test, is_substitute=settings is not config.data)
