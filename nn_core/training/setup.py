"""Before training: loads the data and the initial weights of a run, and checks that it can be trained at all."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from nn_core.config import RunConfig
from nn_core.data import Dataset, DatasetSpec, load_dataset
from nn_core.data.rehearsal import explain_not_drawable, filter_known, make_drawn_split, mix_rehearsal
from nn_core.devices import check_devices, choose_device
from nn_core.drawings.corrections import read_corrections
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.models import MODELS, build_model, describe_layers
from nn_core.models.activations import collect_formulas
from nn_core.models.formula.activation import prove
from nn_core.models.size import check_batch_fits, count_activations
from nn_core.runs import RunFolder
from nn_core.runs.create import find_start_weights
from nn_core.runs.weights import read_weights
from nn_core.training.batch_checks import check_batch_norm_sizes
from nn_core.training.forward import check_device_support
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import check_optimizer
from nn_core.training.state import TrainState

__all__ = [
    "check_start_weights",
    "check_trainable",
    "load_initial_weights",
    "load_training_data",
]


def check_trainable(config: RunConfig, spec: DatasetSpec, runs_root: Path | None = None) -> None:
    """Raises ConfigError for a network that cannot read these data or is too large, a batch that is too large for it, a loss
    that does not suit the network, an optimizer that this torch lacks, a way to compute that the device lacks or batches of
    one where that cannot be, and BadInput for a device that is not here, or more of them than are. Makes no room for any weights.

    runs_root: where the run is to be; with it, raises BadInput also for a run that it cannot start from."""
    for formula in collect_formulas(config.model):
        prove(formula)
    signals = count_activations(describe_layers(config.model, spec.problem), spec.problem)
    check_batch_fits(signals, config.training.batch_size, config.model.name)
    check_batch_norm_sizes(config, spec.problem)
    build_loss(config.loss, MODELS[config.model.name].goal)
    check_optimizer(config.optimizer.name)
    check_device_support(config.training, choose_device(config.training.device))
    check_devices(config.training.device, config.training.devices)
    if runs_root:
        check_start_weights(config, spec, runs_root)


def load_training_data(run: RunFolder, config: RunConfig, data_folder: Path) -> Dataset:
    """The run's data set, with the run's own copy of the user's drawings mixed in where its config asks for that.

    Raises DatasetUnavailable, BadInput for data that no drawing belongs to, DamagedRun where the drawings are gone.
    """
    dataset = load_dataset(config.data, data_folder)
    if not config.data.drawings.share:
        return dataset
    if sentence := explain_not_drawable(dataset.spec):
        raise BadInput(_("{sentence} Set data.drawings.share to 0.").format(sentence=sentence))
    drawings = filter_known(read_corrections(run.drawings_file), dataset.spec)
    if not drawings:
        raise DamagedRun(
            _(
                "Run '{run}' is to learn drawings, and its {file} holds none of a class that it knows. Fine-tune it again."
            ).format(run=run.name, file=run.drawings_file.name)
        )
    return mix_rehearsal(
        dataset, make_drawn_split(drawings, dataset.spec), config.data, config.training.seed, data_folder
    )


def load_initial_weights(run: RunFolder, session: TrainState) -> None:
    """Give a fresh session the weights that the run starts from, if it does. Raises BadInput where they do not fit, DamagedRun
    where they are gone."""
    name = session.config.training.start_from
    if not name:
        return
    weights = _read(run.start_weights, run.name)
    _must_fit(weights, session.model.state_dict(), name)
    session.begin_with(weights)


def check_start_weights(config: RunConfig, spec: DatasetSpec, runs_root: Path) -> None:
    """For a run that is yet to be created. Raises BadInput for a `training.start_from` that cannot be, with these data."""
    file = find_start_weights(runs_root, config)
    if file:
        with torch.device("meta"):
            own = build_model(config.model, spec.problem).state_dict()
        _must_fit(_read(file, config.training.start_from), own, config.training.start_from)


def _read(file: Path, run: str) -> dict[str, Tensor]:
    try:
        return read_weights(file)
    except (OSError, SafetensorError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}, so nothing can start from it. Restore it, or choose another run."
            ).format(run=run, file=file.name)
        ) from error


def _must_fit(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor], run: str) -> None:
    sizes = [{name: tuple(tensor.shape) for name, tensor in weights.items()} for weights in (theirs, ours)]
    if sizes[0] != sizes[1]:
        raise BadInput(
            _(
                "training.start_from = '{run}' has weights of other sizes than this network: its settings, the pictures' shape "
                "or the number of classes differ. Take that run's settings (--config with its config.json), or choose another "
                "run."
            ).format(run=run)
        )
