"""Reads what a finished run recorded, and refuses runs that a script cannot repeat bit by bit."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from nn_core.config import RunConfig
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.models.activations import collect_formulas
from nn_core.runs.environment import Environment, read_environments
from nn_core.runs.folder import RunFolder
from nn_core.runs.weights import read_weights
from nn_core.training.schedules import build_schedule

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

__all__ = ["Loss", "RecordedRun", "hash_losses", "hash_tensors", "read_recorded_run"]


@dataclass(frozen=True)
class Loss:
    """A line of metrics.jsonl: the mean loss of some training steps, or of the validation after an epoch."""

    kind: str
    step: int
    epoch: float
    loss: float
    lr: float


@dataclass(frozen=True)
class RecordedRun:
    """A run that a script can repeat.

    Attributes:
        losses: in the order of the training.
        last, best: the weights after the last epoch and after the best one.
        epochs: how many it trained; fewer than configured if its patience was used up.
    """

    name: str
    config: RunConfig
    environment: Environment
    losses: tuple[Loss, ...]
    last: dict[str, Tensor]
    best: dict[str, Tensor]
    epochs: int


def hash_losses(losses: Iterable[Loss]) -> str:
    """Return the SHA-256 of the losses as float64, little-endian."""
    return hashlib.sha256(b"".join(struct.pack("<d", each.loss) for each in losses)).hexdigest()


def hash_tensors(tensors: Iterable[Tensor]) -> str:
    """Return the SHA-256 of the numbers in tensors, one after the other, in row-major order."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def read_recorded_run(run: RunFolder) -> RecordedRun:
    """Read a run that can be repeated bit by bit.

    Raises:
        BadInput: It cannot; the message says why and what to do.
        DamagedRun: A file is missing or damaged.
    """
    status, config = run.status(), run.config()
    for reason in _list_obstacles(run, config):
        raise BadInput(_("Run '{run}' cannot be exported as a script: {reason}").format(run=run.name, reason=reason))
    losses = tuple(_read_losses(run.metrics_file))
    if not _fits_settings(config, losses):
        raise BadInput(
            _(
                "Run '{run}' cannot be exported as a script: its learning rates differ from those of its settings, which must be those that "
                "it trained with. Train it again without changing them, and export that run."
            ).format(run=run.name)
        )
    last, best = (_read_weights(run, file) for file in (run.last_weights, run.best_weights))
    return RecordedRun(run.name, config, read_environments(run)[0], losses, last, best, status.epochs_done)


def _list_obstacles(run: RunFolder, config: RunConfig) -> Iterator[str]:
    """Yield why a script cannot repeat the run, in a sentence each, with what to do."""
    status, training = run.status(), config.training
    if status.has_imported_weights:
        yield _("its weights were imported, and only a run that was trained here can be repeated. Train a new run.")
    if status.status != "finished":
        yield _("it is {status}, and only a finished run can be repeated. Let it finish first.").format(
            status=status.status
        )
    settings = {
        "training.start_from": (training.start_from, ""),
        "data.drawings.share": (config.data.drawings.share, 0),
        "training.precision": (training.precision, "float32"),
        "training.compile": (training.compile, False),
        "training.devices": (training.devices, 1),
    }
    for path, (value, needed) in settings.items():
        if value != needed:
            yield _(
                "{path} = {value}, and a script needs {path} = {needed}. Train a run with --set {path}={needed}."
            ).format(path=path, value=_format(value), needed=_format(needed))
    if collect_formulas(config.model):
        yield _(
            "it has an activation that you typed, and a script knows only those of PyTorch. Train a run with another activation."
        )
    environments = read_environments(run)
    if len(environments) != 1 or environments[0].step:
        yield _(
            "{count} processes are recorded that trained it, and a script repeats the work of a single one. Train a run again, without an "
            "interruption."
        ).format(count=len(environments))
        return
    if environments[0].device != "CPU" or environments[0].processes != 1:
        yield _(
            "it was trained on {device}, and only the CPU repeats a training bit by bit. Train a run with --set training.device=cpu."
        ).format(device=environments[0].device)
    changes = [line["kind"] for line in _read_lines(run.metrics_file) if line.get("kind") in ("turn", "edit")]
    for kind, lines in groupby(sorted(map(str, changes))):
        what = {"turn": _("the learning rate"), "edit": _("a weight")}[kind]
        yield _(
            "{what} was changed {count}× while it trained, and a script repeats only its settings. Train a run without such changes."
        ).format(what=what, count=len(list(lines)))


def _format(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value) or "''"


def _read_losses(file: Path) -> Iterator[Loss]:
    for line in _read_lines(file):
        if line.get("kind") in ("train", "validation"):
            step, epoch, loss, lr = (float(str(line[key])) for key in ("step", "epoch", "loss", "lr"))
            yield Loss(str(line["kind"]), int(step), epoch, loss, lr)


def _read_lines(file: Path) -> Iterator[dict[str, object]]:
    try:
        with file.open("rb") as stream:
            yield from map(json.loads, stream)
    except (OSError, ValueError) as error:
        raise DamagedRun(
            _("The file '{file}' is missing or damaged. Restore it, or train a new run.").format(file=file.name)
        ) from error


def _fits_settings(config: RunConfig, losses: Iterable[Loss]) -> bool:
    """Whether the recorded learning rates are exactly those of the settings. They are not if the settings were changed since."""
    schedule, losses = build_schedule(config.scheduler), tuple(losses)
    ends = [each for each in losses if each.kind == "validation"]
    if not ends or not losses:
        return False
    batches = ends[0].step
    for each in losses:
        if each.kind == "validation":
            schedule.record_loss(each.loss)
            continue
        done = each.step - 1
        factor = schedule.get_factor(done / (batches * config.training.epochs), done // batches)
        if each.lr != config.optimizer.lr * factor:
            return False
    return True


def _read_weights(run: RunFolder, file: Path) -> dict[str, Tensor]:
    try:
        return read_weights(file)
    except (OSError, SafetensorError) as error:
        raise DamagedRun(
            _("Run '{run}' has a damaged file, {file}. Restore it, or train the run again.").format(
                run=run.name, file=file.name
            )
        ) from error
