"""The training loop, a generator: no files, no screen, no callbacks. Whoever consumes it decides what to do between steps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from nn_core.data.transforms.augment import augment_batch
from nn_core.data.transforms.normalize import normalize
from nn_core.runs.status import Best
from nn_core.training.forward import describe_compiler_error
from nn_core.training.state import TrainState

__all__ = ["Epoch", "Metrics", "Step", "train"]

_FIGURES_PER_EPOCH = 50
_FIGURES_PER_RUN = 2000  # reading them would cost more than the steps of a small network


@dataclass(frozen=True)
class Metrics:
    """Means over the samples of one or more batches. epoch: position with fractions; accuracy: a share from 0 to 1, None
    where the network does not classify."""

    step: int
    epoch: float
    loss: float
    accuracy: float | None
    lr: float


@dataclass(frozen=True)
class Step:
    """A batch was learned from. The figures come with every few steps, for reading them waits for the device."""

    figures: Metrics | None


@dataclass(frozen=True)
class Epoch:
    """An epoch ended. validation: over the held-out samples; best: whether it is the best epoch so far."""

    validation: Metrics
    best: bool


def train(session: TrainState) -> Iterator[Step | Epoch]:
    """Train to the end of the session's last epoch, or until its patience is spent, from wherever it stands.

    At every yield the session can be saved, and a restored one goes on as if nothing had happened. Raises Diverged when
    the loss is no longer a finite number, RunFailed when the network cannot be compiled.
    """
    with describe_compiler_error(session.config.training):
        while session.epoch < session.config.training.epochs and not session.out_of_patience:
            yield from _train_epoch(session)
            yield _end_epoch(session)


def _train_epoch(session: TrainState) -> Iterator[Step]:
    config, model, average = session.config, session.model, session.average
    clip_norm = config.training.clip_norm
    parameters = list(model.parameters())
    size = config.training.batch_size
    augmenting = session.spec.kind == "pictures" and config.data.augmentation.is_active
    batches = session.batches
    figures_every = max(1, batches // _FIGURES_PER_EPOCH, session.steps // _FIGURES_PER_RUN)
    order = session.order()
    model.train()
    while session.batch < batches:
        chosen = order[session.batch * size : (session.batch + 1) * size]
        part = session.group.take_part(len(chosen))
        inputs, labels = session.batch_of(chosen[part.rows])
        if augmenting:
            inputs = augment_batch(
                inputs, config.data.augmentation, is_line_drawing=session.spec.is_line_drawing, shard=part
            )
        rate = session.set_learning_rate()
        outputs = session.forward(normalize(inputs, session.spec))
        loss = session.loss(outputs, session.targets(inputs, labels))
        for parameter in parameters:
            parameter.grad = None
        session.group.backward(loss)
        if clip_norm:
            nn.utils.clip_grad_norm_(parameters, clip_norm)
        session.take_step()
        if average:
            average.update_parameters(model)
        session.batch += 1
        session.step += 1
        if part.count:
            session.note_batch(loss, outputs, labels)
        due = session.step == 1 or session.batch % figures_every == 0 or session.batch == batches
        yield Step(_read_figures(session, rate) if due else None)


def _read_figures(session: TrainState, rate: float) -> Metrics:
    samples, total, hits = session.pending()
    loss = total / samples
    accuracy = hits / samples if session.goal == "classify" else None
    if not math.isfinite(loss):
        raise session.diverged()
    session.pending_samples = session.pending_hits = 0
    session.pending_loss = 0.0
    return Metrics(session.step, session.step / session.batches, loss, accuracy, rate)


def _end_epoch(session: TrainState) -> Epoch:
    session.must_agree()
    loss, accuracy = _validate(session)
    if not math.isfinite(loss):
        raise session.diverged()
    session.epoch += 1
    session.batch = 0
    session.schedule.note(loss)
    best = session.best is None or (accuracy or 0.0, -loss) > (session.best.accuracy or 0.0, -session.best.loss)
    if best:
        session.best = Best(epoch=session.epoch, step=session.step, accuracy=accuracy, loss=loss)
        session.best_weights = session.weights()
    return Epoch(Metrics(session.step, float(session.epoch), loss, accuracy, session.rate), best)


@torch.inference_mode()
def _validate(session: TrainState) -> tuple[float, float | None]:
    """Mean loss and accuracy over the validation split."""
    session.judged.eval()
    loss = torch.zeros((), device=session.device)
    hits = torch.zeros((), dtype=torch.int64, device=session.device)
    mine = session.group.rows_of(session.validation_rows)
    for rows in mine.split(session.validated_at_once) if len(mine) else ():
        inputs, labels = session.batch_of(rows)
        outputs = session.judge(normalize(inputs, session.spec))
        loss += session.loss(outputs, session.targets(inputs, labels)) * len(labels)
        if session.goal == "classify":
            hits += (outputs.argmax(dim=1) == labels).sum()
    count = len(session.validation_rows)
    total, right = session.group.sum(loss.item(), hits.item())
    return total / count, right / count if session.goal == "classify" else None
