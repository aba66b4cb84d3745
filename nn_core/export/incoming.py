"""Imports a run from a ZIP, or the bare weights of a network. Nothing in either is trusted."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import nn

from nn_core.config import RunConfig, parse_config
from nn_core.data import DatasetSpec, find_dataset
from nn_core.errors import BadInput, ConfigError, DamagedRun, one_line
from nn_core.export.fit import fitted
from nn_core.export.foreign import read_weights
from nn_core.export.judge import drawings_are_sound, metrics_are_sound, sound_status, state_fits
from nn_core.export.placing import Imported, place
from nn_core.export.unpack import unpack
from nn_core.files import replace_bytes
from nn_core.i18n import _
from nn_core.models import build_model, count_parameters
from nn_core.models.rows import layer_rows
from nn_core.models.size import batch_must_fit, signals_in
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.folder import now
from nn_core.runs.weights import packed_weights

__all__ = ["import_run", "import_weights"]


def import_run(
    file: Path, runs_root: Path, data_folder: Path, *, name: str | None = None, called: str = ""
) -> Imported:
    """The run in a ZIP, under the name that it had, or under `name`. What it cannot go on with is left out.

    called: what errors name the file. Raises BadInput: ConfigError for its settings, DatasetUnavailable where its data
    set is the maker's own.
    """
    called = called or file.name

    def fill(run: RunFolder) -> tuple[str, list[str]]:
        top = unpack(file, called, run.path)
        config = _config(run, called)
        network = _on_meta(config, find_dataset(config.data.name, data_folder))
        _must_have_fitting_weights(run, network, config)
        notes = []
        if run.metrics_file.exists() and not metrics_are_sound(run.metrics_file):
            run.metrics_file.unlink()
            notes.append(_("Its curves (metrics.jsonl) were damaged and are left out."))
        if run.drawings_file.exists() and not drawings_are_sound(run.drawings_file):
            run.drawings_file.unlink()
            notes.append(_("Its drawings (drawings.jsonl) hold a line of more than 1 MB and are left out."))
        if run.state_file.exists() and not state_fits(run.state_file, network, config):
            run.state_file.unlink()
            notes.append(_("Its last.state does not fit the network and is left out: it cannot be trained further."))
        status = sound_status(run.status_file, config)
        run.write_status(status.model_copy(update={"parameters": count_parameters(network)}))
        run.write_config(config)
        return top or Path(called).stem, notes

    return place(runs_root, name, fill)


def import_weights(
    file: Path, config: RunConfig, spec: DatasetSpec, runs_root: Path, *, name: str | None = None, called: str = ""
) -> Imported:
    """A run that holds weights which were trained elsewhere, for the network of `config`; it can be evaluated and used, not
    trained further. Raises BadInput with the first thing that does not fit."""
    called = called or file.name

    def fill(run: RunFolder) -> tuple[str, list[str]]:
        network = _on_meta(config, spec)
        weights, by_order = fitted(read_weights(file, called), network, called=called, network=config.model.name)
        replace_bytes(run.best_weights, packed_weights(weights, {"model": config.model.name}))
        run.write_config(config)
        moment = now()
        message = _("Imported weights: {file}").format(file=called)
        run.write_status(
            RunStatus(
                status="finished",
                created_at=moment,
                updated_at=moment,
                message=one_line(message, 300),
                parameters=count_parameters(network),
            )
        )
        told = _(
            "The file names its layers otherwise; they were matched by their order, for all shapes are the same. Evaluate "
            "shows whether that was right."
        )
        return Path(called).stem, [told] if by_order else []

    return place(runs_root, name, fill)


def _config(run: RunFolder, called: str) -> RunConfig:
    try:
        values = json.loads(run.config_file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            _("config.json in '{file}' is not valid JSON. Export the run again.").format(file=called)
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(_("config.json in '{file}' holds no settings. Export the run again.").format(file=called))
    try:
        return parse_config(values)
    except ConfigError as error:
        raise ConfigError(_("config.json in '{file}': {error}").format(file=called, error=error)) from error


def _on_meta(config: RunConfig, spec: DatasetSpec) -> nn.Module:
    """The network without room for its weights. Raises ConfigError for one that is too large, or a batch too large for it."""
    with torch.device("meta"):
        network = build_model(config.model, spec.problem)
        signals = signals_in(layer_rows(network, spec.problem), spec.problem)
    batch_must_fit(signals, config.training.batch_size, config.model.name)
    return network


def _must_have_fitting_weights(run: RunFolder, network: nn.Module, config: RunConfig) -> None:
    files = [file for file in (run.best_weights, run.last_weights) if file.exists()]
    if not files:
        raise BadInput(_("The run in the ZIP has no trained weights. Train it for a while, then export it."))
    for file in files:
        weights = read_weights(file, file.name)
        _weights, by_order = fitted(weights, network, called=file.name, network=config.model.name)
        if by_order:
            raise DamagedRun(
                _("'{file}' in the ZIP names its layers otherwise than its config.json does. Export it again.").format(
                    file=file.name
                )
            )
