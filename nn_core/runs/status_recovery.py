"""Recovers the status of a run whose status.json is damaged or missing from its other files. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from nn_core.i18n import _
from nn_core.runs.status import Best, RunStatus
from nn_core.runs.weights import read_weights_metadata

if TYPE_CHECKING:
    from nn_core.runs.folder import RunFolder

__all__ = ["recover_status"]

_TAIL_BYTES = 1 << 16


def recover_status(run: RunFolder, reason: str) -> RunStatus:
    """Return `finished` if the metrics reach the last epoch, otherwise `running`, which readers see as `interrupted`.

    Args:
        reason: What is wrong with status.json, for the message.

    Raises:
        BadInput: The config cannot be read either.
    """
    epochs = run.config().training.epochs
    last = next(_read_last_lines(run), {})
    step, epoch, elapsed = (last.get(key, 0) for key in ("step", "epoch", "elapsed_seconds"))
    steps = round(step / epoch * epochs) if epoch else 0
    created_at = datetime.fromtimestamp(run.config_file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return RunStatus(
        status="finished" if epoch >= epochs else "running",
        activity="training",
        created_at=created_at,
        updated_at=created_at,
        message=_("{file} {reason}: the status was recovered from the run's other files.").format(
            file=run.status_file.name, reason=reason
        ),
        step=step,
        steps=steps,
        epochs_done=int(epoch),
        epochs=epochs,
        elapsed_seconds=elapsed,
        best=_recover_best(run, steps / epochs),
    )


def _read_last_lines(run: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield the last lines of metrics.jsonl that have a step, an epoch and a time, the last one first."""
    try:
        with run.metrics_file.open("rb") as stream:
            stream.seek(max(0, run.metrics_file.stat().st_size - _TAIL_BYTES))
            lines = stream.read().splitlines()
    except OSError:
        return
    for line in reversed(lines):
        try:
            values = json.loads(line)
            if all(values[key] >= 0 for key in ("step", "epoch", "elapsed_seconds")):
                yield values
        except (ValueError, LookupError, TypeError, RecursionError):
            continue


def _recover_best(run: RunFolder, steps_per_epoch: float) -> Best | None:
    metadata = read_weights_metadata(run.best_weights)
    try:
        epoch = metadata.get("epoch") or round(metadata["step"] / steps_per_epoch)  # older versions wrote no epoch
        return Best.model_validate({"epoch": epoch, "step": metadata["step"], **metadata["validation"]})
    except (LookupError, TypeError, ZeroDivisionError, ValidationError):
        return None
