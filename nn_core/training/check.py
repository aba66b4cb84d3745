"""Tells before a run is made whether it can be trained at all."""

from pathlib import Path

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec
from nn_core.devices import choose_device, must_have_devices
from nn_core.models import MODELS, describe_layers
from nn_core.models.activations import formulas_in
from nn_core.models.formula.activation import prove
from nn_core.models.size import batch_must_fit, signals_in
from nn_core.training.forward import must_be_possible
from nn_core.training.lone_sample import must_not_be_alone
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import must_have_optimizer
from nn_core.training.start import must_fit_start

__all__ = ["check"]


def check(config: RunConfig, spec: DatasetSpec, runs_root: Path | None = None) -> None:
    """Raises ConfigError for a network that cannot read these data or is too large, a batch that is too large for it, a loss
    that does not suit the network, an optimizer that this torch lacks, a way to compute that the device lacks or batches of
    one where that cannot be, and BadInput for a device that is not here, or more of them than are. Makes no room for any weights.

    runs_root: where the run is to be; with it, raises BadInput also for a run that it cannot start from."""
    for formula in formulas_in(config.model):
        prove(formula)
    signals = signals_in(describe_layers(config.model, spec.problem), spec.problem)
    batch_must_fit(signals, config.training.batch_size, config.model.name)
    must_not_be_alone(config, spec.problem)
    build_loss(config.loss, MODELS[config.model.name].goal)
    must_have_optimizer(config.optimizer.name)
    must_be_possible(config.training, choose_device(config.training.device))
    must_have_devices(config.training.device, config.training.devices)
    if runs_root:
        must_fit_start(config, spec, runs_root)
