"""The training loop, a generator: no files, no screen, no callbacks. Whoever consumes it decides what to do between steps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from nn_core.data.prepare import augment, normalise
from nn_core.runs.status import Best
from nn_core.training.session import Session

__all__ = ["Epoch", "Figures", "Step", "train"]

_FIGURES_PER_EPOCH = 50
_VALIDATION_BATCH = 1000


@dataclass(frozen=True)
class Figures:
    """Means over the pictures of one or more batches. epoch: position with fractions; accuracy: a share from 0 to 1."""

    step: int
    epoch: float
    loss: float
    accuracy: float
    lr: float


@dataclass(frozen=True)
class Step:
    """A batch was learned from. The figures come with every few steps, for reading them waits for the device."""

    figures: Figures | None


@dataclass(frozen=True)
class Epoch:
    """An epoch ended. validation: over the held-out pictures; best: whether its accuracy is the highest so far."""

    validation: Figures
    best: bool


def train(session: Session) -> Iterator[Step | Epoch]:
    """Train to the end of the session's last epoch, from wherever it stands.

    At every yield the session can be saved, and a restored one goes on as if nothing had happened. Raises Diverged when
    the loss is no longer a finite number.
    """
    while session.epoch < session.config.training.epochs:
        yield from _train_epoch(session)
        yield _end_epoch(session)


def _train_epoch(session: Session) -> Iterator[Step]:
    config, model = session.config, session.model
    parameters = list(model.parameters())
    size, augmentation = config.training.batch_size, config.data.augmentation
    batches = session.batches
    figures_every = max(1, batches // _FIGURES_PER_EPOCH)
    order = session.order()
    model.train()
    while session.batch < batches:
        chosen = order[session.batch * size : (session.batch + 1) * size]
        # Eight times faster on the CPU than images[chosen], which goes byte by byte.
        pictures, labels = session.train.images.index_select(0, chosen), session.train.labels.index_select(0, chosen)
        if augmentation.active:
            pictures = augment(pictures, augmentation)
        rate = session.set_learning_rate()
        logits = model(normalise(pictures, session.spec))
        loss = session.loss(logits, labels)
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        session.take_step()
        session.batch += 1
        session.step += 1
        session.unread.append((loss.detach(), logits.detach(), labels))
        due = session.step == 1 or session.batch % figures_every == 0 or session.batch == batches
        yield Step(_read_figures(session, rate) if due else None)


def _read_figures(session: Session, rate: float) -> Figures:
    session.read_batches()
    loss = session.pending_loss / session.pending_pictures
    accuracy = session.pending_hits / session.pending_pictures
    if not math.isfinite(loss):
        raise session.diverged()
    session.pending_pictures = session.pending_hits = 0
    session.pending_loss = 0.0
    return Figures(session.step, session.step / session.batches, loss, accuracy, rate)


def _end_epoch(session: Session) -> Epoch:
    loss, accuracy = _validate(session)
    if not math.isfinite(loss):
        raise session.diverged()
    session.epoch += 1
    session.batch = 0
    best = session.best is None or (accuracy, -loss) > (session.best.accuracy, -session.best.loss)
    if best:
        session.best = Best(epoch=session.epoch, step=session.step, accuracy=accuracy, loss=loss)
        session.best_weights = session.weights()
    rate = session.optimizer.param_groups[0]["lr"]
    return Epoch(Figures(session.step, float(session.epoch), loss, accuracy, rate), best)


@torch.inference_mode()
def _validate(session: Session) -> tuple[float, float]:
    """Mean loss and accuracy over the validation split."""
    session.model.eval()
    loss = torch.zeros((), device=session.device)
    hits = torch.zeros((), dtype=torch.int64, device=session.device)
    split = session.validation
    for pictures, labels in zip(
        split.images.split(_VALIDATION_BATCH), split.labels.split(_VALIDATION_BATCH), strict=True
    ):
        logits = session.model(normalise(pictures, session.spec))
        loss += session.loss(logits, labels) * len(labels)
        hits += (logits.argmax(dim=1) == labels).sum()
    return loss.item() / len(split), hits.item() / len(split)
