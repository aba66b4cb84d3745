"""Imports weights that were trained elsewhere: matches them to a network, finds its sizes and its pixel scaling, and creates a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from nn_core.atomic_io import replace_bytes
from nn_core.config import RunConfig, update_config
from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.data.scaling import Scaling
from nn_core.errors import BadInput, ConfigError, NNLabError, to_one_line
from nn_core.i18n import _
from nn_core.models import build_model, count_parameters
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.folder import format_now
from nn_core.runs.weights import pack_weights
from nn_core.transfer.foreign_weights import ClassesDiffer, Matched, match_state_dicts, remove_wrapping
from nn_core.transfer.import_run import Imported, build_on_meta, place_run
from nn_core.transfer.scaling_search import ScalingReport, describe_choice, measure_scalings
from nn_core.transfer.settings_search import vary_model_settings
from nn_core.transfer.state_dicts import StateDict
from nn_core.transfer.weight_files import read_state_dicts
from nn_core.transfer.weight_matching import is_counter

__all__ = ["CheckedWeights", "check_weights", "import_weights", "suggest_network"]


@dataclass(frozen=True)
class CheckedWeights:
    """Weights that fit a network.

    Attributes:
        config: of the network, with the sizes of its layers as in the file.
        weights: with the network's names.
        notes: sentences about what was left out or guessed.
        scalings: how well the network does with each pixel scaling; None if the data are not pictures or are not there.
    """

    config: RunConfig
    weights: Mapping[str, Tensor]
    notes: tuple[str, ...]
    scalings: ScalingReport | None = None


def check_weights(
    file: Path, config: RunConfig, spec: DatasetSpec, *, called: str = "", data_folder: Path | None = None
) -> CheckedWeights:
    """Read weights that were trained elsewhere, match them to the network and try the usual pixel scalings.

    Args:
        file: of torch.save or safetensors.
        config: of the network that the weights belong to.
        spec: of the data set that it was trained on.
        called: the file's name in errors.
        data_folder: where the data set is; None to try no scaling.

    Raises:
        BadInput: with the first thing that does not fit.
    """
    called = called or file.name
    found = read_state_dicts(file, called)
    config, matched = _match_with_sizes(found, config, spec, called)
    build_on_meta(config, spec)  # raises an error if it is too large
    report = None
    if data_folder:
        network = build_model(config.model, spec.task)
        network.load_state_dict(matched.weights)
        report = measure_scalings(network, config, data_folder)
    return CheckedWeights(config, matched.weights, matched.notes, report)


def _match_with_sizes(
    found: list[StateDict], config: RunConfig, spec: DatasetSpec, called: str
) -> tuple[RunConfig, Matched]:
    """Match the weights to the network, or else to the same network with the sizes of the layers in the file. Raises BadInput."""

    try:
        return config, _match(found, config, spec, called)
    except ClassesDiffer:
        raise
    except BadInput:
        counts = {_count_tensors(remove_wrapping(state)) for state in found}
        is_same_depth = _count_tensors(_build_bare(config, spec).state_dict()) in counts
        for setting, varied in vary_model_settings(config, found, is_same_depth=is_same_depth):
            try:
                matched = _match(found, varied, spec, called)
            except ClassesDiffer:
                raise
            except (BadInput, ConfigError):
                continue
            note = _("The sizes of the layers are those of the file: {setting}.").format(setting=setting)
            return varied, replace(matched, notes=(note, *matched.notes))
        raise


def _match(found: list[StateDict], config: RunConfig, spec: DatasetSpec, called: str) -> Matched:
    return match_state_dicts(found, _build_bare(config, spec), spec, called=called, name=config.model.name)


def _build_bare(config: RunConfig, spec: DatasetSpec) -> nn.Module:
    """The network on torch's `meta` device. `build_on_meta` checks more and takes longer."""
    with torch.device("meta"):
        return build_model(config.model, spec.task)


def _count_tensors(names: Iterable[str]) -> int:
    return sum(not is_counter(name) for name in names)


def suggest_network(file: Path, networks: Mapping[str, RunConfig], *, called: str, data_folder: Path) -> str | None:
    """Return the name of the first network that the weights fit; if none does, the first one that they fit with other sizes or another
    number of classes; None without one.

    Raises:
        BadInput: the file does not contain weights.
    """
    found = read_state_dicts(file, called)
    distinct = {
        (config.data.name, config.model.model_dump_json()): name for name, config in reversed(list(networks.items()))
    }
    names = [name for name in networks if name in distinct.values()]
    for match in (_match, _match_with_sizes):
        for name in names:
            with suppress(NNLabError):
                try:
                    match(found, networks[name], find_configured_dataset(networks[name].data, data_folder), called)
                except ClassesDiffer:
                    if match is _match:
                        continue
                return name
    return None


def import_weights(
    file: Path,
    config: RunConfig,
    spec: DatasetSpec,
    runs_root: Path,
    *,
    name: str | None = None,
    called: str = "",
    scaling: Scaling | None = None,
    scalings: ScalingReport | None = None,
    data_folder: Path | None = None,
) -> Imported:
    """Create a run from weights that were trained elsewhere. It can be evaluated and used, but not trained further.

    Args:
        file: of torch.save or safetensors.
        config: of the network that the weights belong to.
        spec: of the data set that it was trained on.
        runs_root: the folder of runs.
        name: of the run; None for the name of the file.
        called: the file's name in errors.
        scaling: the pixel scaling that the network expects; None for the one that does best.
        scalings: how well the network does with each, if `check_weights` has measured it.
        data_folder: where the data set is, to measure it; None to use `data.scaling` of the config.

    Raises:
        BadInput: with the first thing that does not fit.
    """
    called = called or file.name

    def fill(run: RunFolder) -> tuple[str, list[str]]:
        checked = check_weights(file, config, spec, called=called, data_folder=None if scalings else data_folder)
        report, notes = scalings or checked.scalings, list(checked.notes)
        stored = scaling or (report.best if report and report.results else config.data.scaling)
        if report:
            notes += describe_choice(report, stored, chosen=scaling is not None)
        replace_bytes(run.best_weights, pack_weights(checked.weights, {"model": config.model.name}))
        run.write_config(update_config(checked.config, {"data": {"scaling": stored}}))
        moment = format_now()
        message = _("Imported weights: {file}").format(file=called)
        run.write_status(
            RunStatus(
                status="finished",
                created_at=moment,
                updated_at=moment,
                message=to_one_line(message, 300),
                parameters=count_parameters(build_on_meta(checked.config, spec)),
            )
        )
        return Path(called).stem, notes

    return place_run(runs_root, name, fill)
