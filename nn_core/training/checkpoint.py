"""Saves a session into its run folder, and sets one up again from there.

`last.state` alone decides where a run goes on, and is replaced in one go; the two weight files are published from it for
whoever wants the network (any script can load them with safetensors).
"""

import io
import json
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from nn_core.errors import DamagedRun
from nn_core.files import replace_bytes
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.training.session import Session

__all__ = ["load_state", "restore_session", "save_checkpoint", "sweep"]


def save_checkpoint(run: RunFolder, session: Session, *, metrics_size: int, elapsed_seconds: float) -> None:
    """Raises OSError when the disk does not take it (what was saved before stays), Diverged when the weights are broken.

    metrics_size: bytes in metrics.jsonl that belong to this state.
    """
    state = session.state()
    about: dict[str, Any] = {"model": session.config.model.name, "data": session.config.data.name}
    # By way of memory: torch.save turns a full disk into an error that does not say so.
    packed = io.BytesIO()
    torch.save({**state, "metrics_size": metrics_size, "elapsed_seconds": elapsed_seconds}, packed)
    replace_bytes(run.state_file, packed.getbuffer())
    _publish(run.last_weights, state["average"] or state["model"], {**about, "step": session.step})
    if session.best:
        _publish(
            run.best_weights,
            state["best_weights"],
            {**about, "step": session.best.step, "validation": session.best.model_dump(include={"accuracy", "loss"})},
        )


def load_state(run: RunFolder) -> dict[str, Any] | None:
    """What the last checkpoint holds, with `metrics_size` and `elapsed_seconds`; None before the first. Raises DamagedRun."""
    if not run.state_file.exists():
        return None
    with _damage_in_words(run):
        state: dict[str, Any] = torch.load(run.state_file, map_location="cpu", weights_only=True)
        return {**state, "metrics_size": int(state["metrics_size"]), "elapsed_seconds": float(state["elapsed_seconds"])}


def restore_session(run: RunFolder, session: Session, state: dict[str, Any]) -> None:
    """`session.restore`. Raises DamagedRun for a state that does not fit the run's config."""
    with _damage_in_words(run):
        session.restore(state)


def sweep(run: RunFolder) -> None:
    """Delete what a process that was killed while it saved left half written. For whoever holds the run's lock."""
    for file in (run.state_file, run.last_weights, run.best_weights):
        for leftover in run.path.glob(f".{file.name}.*.tmp"):
            leftover.unlink(missing_ok=True)


@contextmanager
def _damage_in_words(run: RunFolder) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (
        OSError,
        EOFError,
        RuntimeError,
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}, so it cannot go on. Its trained weights in {best} still serve; start a "
                "new run to train further."
            ).format(run=run.name, file=run.state_file.name, best=run.best_weights.name)
        ) from error


def _publish(file: Path, weights: dict[str, Tensor], about: dict[str, Any]) -> None:
    # One entry, because safetensors writes several in random order, and equal weights should make equal files.
    packed = save({name: tensor.contiguous() for name, tensor in weights.items()}, {"nn_lab": json.dumps(about)})
    replace_bytes(file, packed)
