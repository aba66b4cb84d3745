"""Measures a run's network before the first step and as it is saved: a batch forwards and backwards, and its units one by one."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import Dataset
from nn_core.data.split import split_train_val
from nn_core.data.transforms import normalize, to_unit_float
from nn_core.diagnosis.data_check import measure_inputs, measure_neighbours
from nn_core.diagnosis.measurements import NetworkFigures, Probe, UnitFigures, WeightFigures, compute_agreement
from nn_core.models import build_model, get_goal
from nn_core.models.summary import count_activations, list_layer_rows
from nn_core.models.units import can_saturate, compute_slopes, count_saturated, find_dead, is_activation
from nn_core.runs import RunFolder
from nn_core.runs.weights import read_weights, read_weights_metadata
from nn_core.training.losses import LossFunction, build_loss

__all__ = ["probe_run"]

_MIN_BATCH, _MAX_BATCH, _MAX_VALIDATION = 2, 256, 1000
_MAX_VALUES = 30_000_000  # in one pass: 120 MB
_ZERO = 1e-6  # some parameters start at zero, so a gradient has no size relative to them


def probe_run(run: RunFolder, config: RunConfig, dataset: Dataset) -> Probe:
    """Measure the run's network and data.

    Raises:
        OSError, SafetensorError, RuntimeError: The weights cannot be read.
    """
    with torch.random.fork_rng(devices=[]):  # new networks draw random weights, and callers should not notice
        return _probe(run, config, dataset)


def _probe(run: RunFolder, config: RunConfig, dataset: Dataset) -> Probe:
    spec = dataset.spec
    goal = get_goal(config.model.name, spec.task)
    train, validation = split_train_val(
        dataset, config.data.validation_share, config.training.seed, config.data.train_examples
    )
    start = _build_start(run, config, dataset)
    now = _build_saved(run, config, dataset, start)
    size = count_activations(list_layer_rows(start, spec.task), spec.task)
    batch = max(_MIN_BATCH, min(_MAX_BATCH, _MAX_VALUES // size))
    random = torch.Generator().manual_seed(0)
    rows = train[torch.randperm(len(train), generator=random)[:batch]]
    inputs, labels = dataset.train.inputs.index_select(0, rows), dataset.train.labels.index_select(0, rows)
    loss = build_loss(config.loss, goal)
    targets = to_unit_float(inputs) if goal == "reconstruct" else labels
    network_inputs = normalize(inputs, spec)
    held_out = validation[torch.randperm(len(validation), generator=random)[:_MAX_VALIDATION]]
    outputs = torch.cat([_run(now, dataset, part) for part in held_out.split(batch)])
    held_out_labels = dataset.train.labels.index_select(0, held_out)
    classes = len(spec.classes)
    if goal == "classify":
        pairs = held_out_labels * classes + outputs.argmax(dim=1)
        matrix = pairs.bincount(minlength=classes**2).view(classes, classes).tolist()
        uninformed = loss(torch.zeros(len(labels), classes), labels).item()
        validation_loss = loss(outputs, held_out_labels).item()
    elif goal == "regress":
        uninformed = loss(labels.mean().expand(len(labels), 1), labels).item()
        validation_loss = loss(outputs, held_out_labels).item()
    else:
        originals = to_unit_float(dataset.train.inputs.index_select(0, held_out))
        uninformed = loss(originals.mean(dim=0, keepdim=True).expand_as(originals), originals).item()
        validation_loss = loss(outputs, originals).item()
    return Probe(
        start=_measure_network(start, loss, network_inputs, targets),
        now=_measure_network(now, loss, network_inputs, targets),
        uninformed_loss=uninformed,
        validation=compute_agreement(matrix) if goal == "classify" else None,
        validation_loss=validation_loss,
        has_softmax=goal == "classify" and classes > 1 and _are_probabilities(outputs),
        inputs=measure_inputs(network_inputs) if spec.kind != "text" else None,
        neighbours=measure_neighbours(dataset, train) if goal == "classify" else None,
        class_counts=() if goal == "regress" else tuple(dataset.train.class_counts(classes)),
        train_samples=len(train),
        saved_step=_read_saved_step(run),
    )


def _build_start(run: RunFolder, config: RunConfig, dataset: Dataset) -> nn.Module:
    """Build the network as it was before the first step, which depends only on the seed and on `training.start_from`."""
    torch.manual_seed(config.training.seed)
    model = build_model(config.model, dataset.spec.task)
    if config.training.start_from and run.start_weights.exists():
        model.load_state_dict(read_weights(run.start_weights))
    return model


def _build_saved(run: RunFolder, config: RunConfig, dataset: Dataset, start: nn.Module) -> nn.Module:
    """Build the network with its last saved weights; as at the start if a run has saved none or they are not finite."""
    model = build_model(config.model, dataset.spec.task)
    model.load_state_dict(start.state_dict())
    for file in (run.best_weights, run.last_weights):
        if file.exists():
            weights = read_weights(file)
            if all(bool(tensor.isfinite().all()) for tensor in weights.values()):
                model.load_state_dict(weights)
                break
    return model.eval()


def _read_saved_step(run: RunFolder) -> int:
    step = read_weights_metadata(run.last_weights).get("step")
    return step if isinstance(step, int) else 0


@torch.inference_mode()
def _run(model: nn.Module, dataset: Dataset, rows: Tensor) -> Tensor:
    outputs: Tensor = model(normalize(dataset.train.inputs.index_select(0, rows), dataset.spec))
    return outputs.float()


def _are_probabilities(outputs: Tensor) -> bool:
    return bool((outputs >= 0).all() and ((outputs.sum(dim=1) - 1).abs() < 1e-3).all())


def _measure_network(model: nn.Module, loss: LossFunction, inputs: Tensor, targets: Tensor) -> NetworkFigures:
    """Run a batch forwards and backwards. The start network normalises with the batch, as in training; dropout is off."""
    units: list[UnitFigures] = []
    for parameter in model.parameters():
        parameter.grad = None
    statistics = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with torch.enable_grad(), _watch_units(model, units), _without_dropout(model):
        value = loss(model(inputs), targets)
        value.backward()
    for name, buffer in model.named_buffers():
        buffer.copy_(statistics[name])
    weights = [
        WeightFigures(
            f"{name}.{key}".removesuffix(".weight"), parameter.detach().norm().item(), parameter.grad.norm().item()
        )
        for name, module in model.named_modules()
        if not isinstance(module, nn.Embedding)  # a batch contains few letters, so most rows have no gradient
        for key, parameter in module.named_parameters(recurse=False)
        if parameter.dim() > 1 and parameter.grad is not None and parameter.detach().norm() > _ZERO
    ]
    loss_value = value.item()
    return NetworkFigures(loss_value if math.isfinite(loss_value) else math.inf, tuple(weights), tuple(units))


@contextmanager
def _without_dropout(model: nn.Module) -> Iterator[None]:
    """Switch dropout off in a network in training mode."""
    dropped = [module for module in model.modules() if isinstance(module, nn.modules.dropout._DropoutNd)]
    modes = [module.training for module in dropped]
    for module in dropped:
        module.eval()
    try:
        yield
    finally:
        for module, mode in zip(dropped, modes, strict=True):
            module.train(mode)


@contextmanager
def _watch_units(model: nn.Module, units: list[UnitFigures]) -> Iterator[None]:
    """Measure the units after each activation at the next forward pass."""

    def record(module: nn.Module, arguments: tuple[Tensor, ...], *, name: str) -> None:
        units.append(_measure_units(name, module, compute_slopes(module, arguments[0])))

    layers = [(name, module) for name, module in model.named_modules() if not list(module.children())]
    hooks = [
        module.register_forward_pre_hook(partial(record, name=name))
        for name, module in layers[:-1]  # not the outputs: those of an autoencoder should reach 0 and 1
        if is_activation(module)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _measure_units(name: str, module: nn.Module, slopes: Tensor) -> UnitFigures:
    """slopes: absolute, for each sample and unit. Units are in the second dimension, but in the last one for sequences."""
    unit_dimension = -1 if slopes.dim() == 3 else 1
    dead = saturated = 0.0
    if can_saturate(module):
        saturated = count_saturated(module, slopes)
    else:
        dead = find_dead(slopes, unit_dimension).float().mean().item()
    return UnitFigures(name, type(module).__name__, slopes.shape[unit_dimension], dead, saturated)
