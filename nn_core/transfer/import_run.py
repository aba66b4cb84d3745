"""Imports a run from a ZIP. Nothing in it is trusted.

The run is staged in a temporary folder and moved into place atomically.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, takewhile
from pathlib import Path

import torch
from torch import nn

from nn_core.config import RunConfig, parse_config
from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.errors import BadInput, ConfigError, DamagedRun
from nn_core.i18n import _
from nn_core.models import build_model, count_parameters
from nn_core.models.summary import check_batch_fits, count_activations, list_layer_rows
from nn_core.runs import RunFolder
from nn_core.runs.environment import clean_environments
from nn_core.runs.store import check_run_name, create_folder, is_run_name, suggest_run_names
from nn_core.transfer.archive import unpack_run
from nn_core.transfer.validation import are_drawings_valid, are_metrics_valid, is_state_valid, read_sound_status
from nn_core.transfer.weight_files import read_safetensors
from nn_core.transfer.weight_matching import match_weights

__all__ = ["Imported", "build_on_meta", "import_run", "place_run"]


@dataclass(frozen=True)
class Imported:
    """An imported run. notes: sentences about what was left out or guessed."""

    run: RunFolder
    notes: tuple[str, ...] = ()


def place_run(root: Path, name: str | None, fill: Callable[[RunFolder], tuple[str, list[str]]]) -> Imported:
    """Let `fill` create a run in a temporary folder, and move it into `root`.

    Args:
        root: the folder of runs.
        name: the user's choice, which must be free; None to use the name that `fill` suggests, with a number if it is taken.
        fill: writes the run's files and returns a suggested name and notes.

    Raises:
        BadInput: nothing is left behind.
    """
    if name:
        check_run_name(name)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=root) as aside:
            # One level deeper than a run, so that it is not listed before it is complete.
            folder = Path(aside) / "run"
            folder.mkdir()
            run = RunFolder(folder)
            wanted, notes = fill(run)
            if run.label_file.exists():  # written again, without what is no label and with the name chosen now
                run.write_label(run.label().change("" if name else None, None))
            target = folder.rename(create_folder(root, name, _names(wanted)))  # replaces the empty folder
            return Imported(RunFolder(target), tuple(notes))
    except OSError as error:
        raise BadInput(
            _("Cannot import into '{root}': {reason}. Free some disk space, or allow writing.").format(
                root=root, reason=error.strerror or error
            )
        ) from error


def _names(wanted: str) -> Iterator[str]:
    if is_run_name(wanted):
        yield from takewhile(is_run_name, chain([wanted], (f"{wanted}-{number}" for number in count(2))))
    yield from suggest_run_names(date.today())


def import_run(
    file: Path, runs_root: Path, data_folder: Path, *, name: str | None = None, called: str = ""
) -> Imported:
    """Import a run from a ZIP. Damaged files that are not needed are left out.

    Args:
        file: the ZIP.
        runs_root: the folder of runs.
        data_folder: where custom data sets are.
        name: of the run; None for the name that it had.
        called: the file's name in errors.

    Raises:
        ConfigError: the settings are not valid.
        DatasetUnavailable: the data set is a custom one of another machine.
        BadInput: the ZIP is not accepted for another reason.
    """
    called = called or file.name

    def fill(run: RunFolder) -> tuple[str, list[str]]:
        top = unpack_run(file, called, run.path)
        config = _config(run, called)
        network = build_on_meta(config, find_configured_dataset(config.data, data_folder))
        _check_weights(run, network, config)
        notes = []
        if run.metrics_file.exists() and not are_metrics_valid(run.metrics_file):
            run.metrics_file.unlink()
            notes.append(_("Its curves (metrics.jsonl) were damaged and are left out."))
        if run.environment_file.exists() and not clean_environments(run):
            notes.append(_("Its environment.json was damaged and is left out."))
        if run.drawings_file.exists() and not are_drawings_valid(run.drawings_file):
            run.drawings_file.unlink()
            notes.append(_("Its drawings (drawings.jsonl) contain a line of more than 1 MB and are left out."))
        if run.state_file.exists() and not is_state_valid(run.state_file, network, config):
            run.state_file.unlink()
            notes.append(
                _("Its last.state does not fit the network and is left out, so the run cannot be trained further.")
            )
        status = read_sound_status(run.status_file, config)
        run.write_status(status.model_copy(update={"parameters": count_parameters(network)}))
        run.write_config(config)
        return top or Path(called).stem, notes

    return place_run(runs_root, name, fill)


def _config(run: RunFolder, called: str) -> RunConfig:
    try:
        values = json.loads(run.config_file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            _("config.json in '{file}' is not valid JSON. Export the run again.").format(file=called)
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(_("config.json in '{file}' contains no settings. Export the run again.").format(file=called))
    try:
        return parse_config(values)
    except ConfigError as error:
        raise ConfigError(_("config.json in '{file}': {error}").format(file=called, error=error)) from error


def build_on_meta(config: RunConfig, spec: DatasetSpec) -> nn.Module:
    """The network on torch's `meta` device. Raises ConfigError if it, or a batch for it, is too large."""
    with torch.device("meta"):
        network = build_model(config.model, spec.task)
        signals = count_activations(list_layer_rows(network, spec.task), spec.task)
    check_batch_fits(signals, config.training.batch_size, config.model.name)
    return network


def _check_weights(run: RunFolder, network: nn.Module, config: RunConfig) -> None:
    files = [file for file in (run.best_weights, run.last_weights) if file.exists()]
    if not files:
        raise BadInput(_("The run in the ZIP has no trained weights. Train it for a while, then export it."))
    for file in files:
        weights = read_safetensors(file, file.name)
        _weights, by_order = match_weights(weights, network, called=file.name, network=config.model.name)
        if by_order:
            raise DamagedRun(
                _(
                    "The layers in '{file}' in the ZIP have other names than in the network of its config.json. Export it again."
                ).format(file=file.name)
            )
