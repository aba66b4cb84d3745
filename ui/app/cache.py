"""Slow results of `nn_core`, cached between reruns of a page. Torch is imported only when one of them is needed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig
from nn_core.data import DataSettings, find_configured_dataset, load_dataset
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import FileCache, HistoryCache, RunFolder

if TYPE_CHECKING:
    from nn_core.data import Dataset, DatasetSpec
    from nn_core.inference import TrainedNetwork
    from nn_core.models.summary import LayerRow
    from nn_core.task import TaskSpec

__all__ = [
    "check_config",
    "get_dataset",
    "get_device_name",
    "get_explain_lock",
    "get_file_cache",
    "get_histories",
    "get_layers",
    "get_network",
    "get_weights_version",
]


@st.cache_resource(show_spinner=False)
def get_file_cache() -> FileCache:
    """The parsed files of runs, shared by all pages of this server."""
    return FileCache()


@st.cache_resource(show_spinner=False)
def get_explain_lock() -> threading.Lock:
    """A lock that lets one explanation be computed at a time, because training needs the processor too."""
    return threading.Lock()


@st.cache_resource(show_spinner=False)
def get_histories() -> HistoryCache:
    """The curves of runs, shared by all pages of this server."""
    return HistoryCache()


@st.cache_resource(
    show_spinner="Reading the data …", max_entries=3, hash_funcs={DataSettings: DataSettings.model_dump_json}
)
def get_dataset(settings: DataSettings) -> Dataset:
    """Load a data set. Raises DatasetUnavailable if it is not on disk: a page offers the download and never starts one itself."""
    return load_dataset(settings, get_data_folder(), download=False)


def get_network(run: RunFolder) -> TrainedNetwork:
    """Load the run's best network, again after its weights or its calibration have changed. Raises DamagedRun."""
    return _load_network(run, get_weights_version(run))


def get_weights_version(run: RunFolder) -> int:
    """A number that changes when the run's weights or its calibration change; 0 without either file."""
    weights = run.best_weights if run.best_weights.exists() else run.last_weights
    times = tuple(_get_modified_ns(file) for file in (weights, *run.computed(run.calibration_file)))
    return hash(times) if any(times) else 0


def _get_modified_ns(file: Path) -> int:
    """When the file was last modified, in nanoseconds; 0 if it does not exist."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_resource(
    show_spinner="Loading the network …", max_entries=8, hash_funcs={RunFolder: lambda run: str(run.path)}
)
def _load_network(run: RunFolder, version: int) -> TrainedNetwork:
    from nn_core.inference import load_network

    return load_network(run, get_data_folder())


def get_layers(config: RunConfig) -> list[LayerRow]:
    """Describe the layers of the config's network. Raises BadInput."""
    return _describe_layers(config, find_configured_dataset(config.data, get_data_folder()).task)


@st.cache_data(
    show_spinner="Laying out the network …",
    max_entries=64,
    hash_funcs={RunConfig: lambda config: config.model.model_dump_json()},
)
def _describe_layers(config: RunConfig, task: TaskSpec) -> list[LayerRow]:
    from nn_core.models import describe_layers

    return describe_layers(config.model, task)


def check_config(config: RunConfig) -> None:
    """Raise BadInput if the config cannot be trained."""
    spec = find_configured_dataset(config.data, get_data_folder())
    _check_trainable(config, spec.task, spec)


@st.cache_data(
    show_spinner=False,
    max_entries=64,
    hash_funcs={
        RunConfig: lambda config: (
            config.model.model_dump_json(),
            config.loss.model_dump_json(),
            config.optimizer.name,
            config.training.model_dump_json(exclude={"epochs", "seed"}),
        )
    },
)
def _check_trainable(config: RunConfig, task: TaskSpec, _spec: DatasetSpec) -> None:
    from nn_core.training.setup import check_trainable

    check_trainable(config, _spec, get_runs_folder())


def get_device_name(requested: str = "auto") -> str:
    """The device that a run would use, with the memory in use now. Raises BadInput."""
    from nn_core.devices import choose_device, describe_from_outside

    return str(describe_from_outside(choose_device(requested)))
