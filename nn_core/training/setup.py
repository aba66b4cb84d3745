"""Checks that a run can be trained, and loads its data and initial weights."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from nn_core.config import RunConfig
from nn_core.data import Dataset, DatasetSpec, load_dataset
from nn_core.data.custom.drawings import make_drawn_split
from nn_core.data.rehearsal import explain_not_drawable, filter_known, mix_rehearsal
from nn_core.devices import check_devices, choose_device
from nn_core.drawings.corrections import read_corrections
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.models import build_model, describe_layers, get_goal
from nn_core.models.activations import collect_formulas
from nn_core.models.formula.activation import prove
from nn_core.models.summary import check_batch_fits, count_activations
from nn_core.runs import RunFolder
from nn_core.runs.create import find_start_weights
from nn_core.runs.weights import read_weights
from nn_core.training.forward import check_batch_norm_sizes, check_device_support
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import check_optimizer
from nn_core.training.state import TrainState

__all__ = ["check_start_weights", "check_trainable", "load_initial_weights", "load_training_data"]


def check_trainable(config: RunConfig, spec: DatasetSpec, runs_root: Path | None = None) -> None:
    """Check a config before a run is created, without allocating weights.

    Args:
        runs_root: Folder of the new run; if given, `training.start_from` is checked too.

    Raises:
        ConfigError: The network does not fit the data or is too large; the batch is too large or a batch would have a single
            sample; the loss does not fit the network; torch lacks the optimizer; the device lacks the precision.
        BadInput: A device is missing, or there are too few; the run cannot start from the named run.
    """
    for formula in collect_formulas(config.model):
        prove(formula)
    activations = count_activations(describe_layers(config.model, spec.task), spec.task)
    check_batch_fits(activations, config.training.batch_size, config.model.name)
    check_batch_norm_sizes(config, spec.task)
    build_loss(config.loss, get_goal(config.model.name, spec.task))
    check_optimizer(config.optimizer.name)
    check_device_support(config.training, choose_device(config.training.device))
    check_devices(config.training.device, config.training.devices)
    if runs_root:
        check_start_weights(config, spec, runs_root)


def load_training_data(run: RunFolder, config: RunConfig, data_folder: Path) -> Dataset:
    """Load the run's data set and, if the config asks for it, mix in the run's copy of the user's drawings.

    Raises:
        DatasetUnavailable: The data set is missing.
        BadInput: Drawings do not fit the data set.
        DamagedRun: The drawings are missing.
    """
    dataset = load_dataset(config.data, data_folder)
    if not config.data.drawings.share:
        return dataset
    if reason := explain_not_drawable(dataset.spec):
        raise BadInput(_("{reason} Set data.drawings.share to 0.").format(reason=reason))
    drawings = filter_known(read_corrections(run.drawings_file), dataset.spec)
    if not drawings:
        raise DamagedRun(
            _(
                "Run '{run}' trains on drawings, but its {file} contains none of its classes. Fine-tune the network again."
            ).format(run=run.name, file=run.drawings_file.name)
        )
    return mix_rehearsal(
        dataset, make_drawn_split(drawings, dataset.spec), config.data, config.training.seed, data_folder
    )


def load_initial_weights(run: RunFolder, state: TrainState) -> None:
    """Load the weights that the run starts from, if it does, into a fresh state.

    Raises:
        BadInput: They do not fit.
        DamagedRun: They are missing or damaged.
    """
    name = state.config.training.start_from
    if not name:
        return
    weights = _read_start_weights(run.start_weights, run.name)
    _check_same_shapes(weights, state.model.state_dict(), name)
    state.load_weights(weights)


def check_start_weights(config: RunConfig, spec: DatasetSpec, runs_root: Path) -> None:
    """Check `training.start_from` of a run that is about to be created. Raises BadInput where it does not fit these data."""
    file = find_start_weights(runs_root, config)
    if file:
        with torch.device("meta"):
            own = build_model(config.model, spec.task).state_dict()
        _check_same_shapes(_read_start_weights(file, config.training.start_from), own, config.training.start_from)


def _read_start_weights(file: Path, run: str) -> dict[str, Tensor]:
    try:
        return read_weights(file)
    except (OSError, SafetensorError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}, so nothing can start from it. Restore it, or choose another run."
            ).format(run=run, file=file.name)
        ) from error


def _check_same_shapes(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor], run: str) -> None:
    sizes = [{name: tuple(tensor.shape) for name, tensor in weights.items()} for weights in (theirs, ours)]
    if sizes[0] != sizes[1]:
        raise BadInput(
            _(
                "The weights of training.start_from = '{run}' do not fit this network: its settings, the shape of the pictures "
                "or the number of classes differ. Use that run's settings (--config with its config.json), or choose another "
                "run."
            ).format(run=run)
        )
