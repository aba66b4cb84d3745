"""The training loop: a generator without files, screens or callbacks. The consumer decides what happens between steps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from nn_core.data.transforms import normalize
from nn_core.runs.status import Best
from nn_core.training.forward import describe_compiler_error
from nn_core.training.state import TrainState

__all__ = ["Epoch", "Metrics", "Step", "train"]

_METRICS_PER_EPOCH = 50
_METRICS_PER_RUN = 2000  # reading more of them would cost more than the steps of a small network


@dataclass(frozen=True)
class Metrics:
    """Means over the samples of one or more batches.

    Attributes:
        epoch: Position in the run, with fractions.
        accuracy: From 0 to 1; None for a network that does not classify.
        lr: Learning rate of the last step.
        r_squared: Share of the variance of the values that a regression explains, at most 1; None for another network.
    """

    step: int
    epoch: float
    loss: float
    accuracy: float | None
    lr: float
    r_squared: float | None = None


@dataclass(frozen=True)
class Step:
    """The end of a training step. Only some steps have metrics, because reading them waits for the device."""

    metrics: Metrics | None


@dataclass(frozen=True)
class Epoch:
    """The end of an epoch, with the metrics of the validation data. is_best: whether it is the best epoch so far."""

    validation: Metrics
    is_best: bool


def train(state: TrainState) -> Iterator[Step | Epoch]:
    """Train from the current position to the last epoch, or until the patience is used up.

    At every yield the state can be saved; a restored state continues bit-identically.

    Raises:
        Diverged: The loss is no longer a finite number.
        RunFailed: The network cannot be compiled.
    """
    with describe_compiler_error(state.config.training):
        while state.epoch < state.config.training.epochs and not state.is_out_of_patience:
            yield from _train_epoch(state)
            yield _end_epoch(state)


def _train_epoch(state: TrainState) -> Iterator[Step]:
    config, model, ema, coordinator = state.config, state.model, state.ema, state.coordinator
    clip_norm, penalty = config.training.clip_norm, state.penalty
    parameters = list(model.parameters())
    batch_size = config.training.batch_size
    has_augmentation = state.spec.kind == "pictures" and config.data.augmentation.is_active
    batches = state.batches_per_epoch
    metrics_every = max(1, batches // _METRICS_PER_EPOCH, state.total_steps // _METRICS_PER_RUN)
    order = state.shuffle_rows()
    model.train()
    while state.batch < batches:
        rows = coordinator.shard_batch(order[state.batch * batch_size : (state.batch + 1) * batch_size])
        inputs, labels = state.get_batch(rows)
        if has_augmentation:
            inputs = coordinator.augment(inputs, config.data.augmentation, is_line_drawing=state.spec.is_line_drawing)
        state.update_learning_rate()
        outputs = state.forward(normalize(inputs, state.spec))
        targets = state.get_targets(inputs, labels)
        loss = state.training_loss(outputs, targets)
        for parameter in parameters:
            parameter.grad = None
        coordinator.backward(loss)
        if penalty:
            penalty.add_gradients()
        if clip_norm:
            nn.utils.clip_grad_norm_(parameters, clip_norm)
        state.optimizer_step()
        if ema:
            ema.update_parameters(model)
        state.batch += 1
        state.step += 1
        if coordinator.has_samples:
            if state.class_weights is not None:
                loss = state.loss(outputs.detach(), targets)  # comparable with the loss on the validation data
            state.add_batch(loss, outputs, labels)
        has_metrics = state.step == 1 or state.batch % metrics_every == 0 or state.batch == batches
        yield Step(_read_metrics(state) if has_metrics else None)


def _read_metrics(state: TrainState) -> Metrics:
    samples, total_loss, correct = state.sum_pending()
    loss = total_loss / samples
    accuracy = correct / samples if state.goal == "classify" else None
    r_squared = 1 - correct / samples / state.train_variance if state.train_variance else None
    if not math.isfinite(loss):
        raise state.build_diverged_error()
    state.clear_pending()
    return Metrics(state.step, state.step / state.batches_per_epoch, loss, accuracy, state.lr, r_squared)


def _end_epoch(state: TrainState) -> Epoch:
    state.coordinator.check_rng_in_sync(state.get_rng_states())
    loss, accuracy, score, r_squared = _validate(state)
    if not math.isfinite(loss):
        raise state.build_diverged_error()
    state.epoch += 1
    state.batch = 0
    state.schedule.record_loss(loss)
    best = state.best
    is_best = best is None or (_first(score, accuracy), -loss) > (_first(best.score, best.accuracy), -best.loss)
    if is_best:
        state.best = Best(
            epoch=state.epoch, step=state.step, accuracy=accuracy, loss=loss, score=score, r_squared=r_squared
        )
        state.best_weights = state.copy_weights()
    return Epoch(Metrics(state.step, float(state.epoch), loss, accuracy, state.lr, r_squared), is_best)


def _first(*values: float | None) -> float:
    return next((value for value in values if value is not None), 0.0)


@torch.inference_mode()
def _validate(state: TrainState) -> tuple[float, float | None, float | None, float | None]:
    """Compute the mean loss, the accuracy, with class weights the weighted accuracy, and for a regression R², over the validation
    data."""
    weights = state.class_weights
    state.eval_model.eval()
    loss = torch.zeros((), device=state.device)
    correct = torch.zeros((), dtype=torch.int64, device=state.device)
    weighted, squared = torch.zeros(2, dtype=torch.float64, device=state.device)
    own_rows = state.coordinator.shard_rows(state.validation_rows)
    for rows in own_rows.split(state.eval_batch_size) if len(own_rows) else ():
        inputs, labels = state.get_batch(rows)
        outputs = state.eval_forward(normalize(inputs, state.spec))
        loss += state.loss(outputs, state.get_targets(inputs, labels)) * len(labels)
        if state.goal == "classify":
            is_correct = outputs.argmax(dim=1) == labels
            correct += is_correct.sum()
            if weights is not None:
                weighted += (weights.index_select(0, labels) * is_correct).sum()
        elif state.goal == "regress":
            squared += (outputs.squeeze(1) - labels).square().sum()
    count = len(state.validation_rows)
    total_loss, total_correct, total_weighted, total_squared = state.coordinator.sum(
        loss.item(), correct.item(), weighted.item(), squared.item()
    )
    accuracy = total_correct / count if state.goal == "classify" else None
    if state.goal == "regress":
        variance = state.compute_variance(state.validation_rows)
        return total_loss / count, None, None, 1 - total_squared / count / variance if variance else None
    if weights is None:
        return total_loss / count, accuracy, None, None
    all_weights = weights.index_select(0, state.samples.labels.index_select(0, state.validation_rows)).sum().item()
    return total_loss / count, accuracy, total_weighted / all_weights if all_weights else 0.0, None
