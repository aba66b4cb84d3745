"""What can be said of a run whose status.json is damaged or gone: its other files tell enough to go on. Needs no torch."""

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
    """`finished` where its curves reach the last epoch, otherwise `running`, which is `interrupted` where no process lives.
    Raises BadInput for a run whose config cannot be read either.

    reason: what ails status.json, for the message.
    """
    epochs = run.config().training.epochs
    last = next(_lines_from_the_end(run), {})
    step, epoch, elapsed = (last.get(key, 0) for key in ("step", "epoch", "elapsed_seconds"))
    steps = round(step / epoch * epochs) if epoch else 0
    created_at = datetime.fromtimestamp(run.config_file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return RunStatus(
        status="finished" if epoch >= epochs else "running",
        activity="training",
        created_at=created_at,
        updated_at=created_at,
        message=_("{file} {reason}: this was put together from the run's other files.").format(
            file=run.status_file.name, reason=reason
        ),
        step=step,
        steps=steps,
        epochs_done=int(epoch),
        epochs=epochs,
        elapsed_seconds=elapsed,
        best=_best(run, steps / epochs),
    )


def _lines_from_the_end(run: RunFolder) -> Iterator[dict[str, Any]]:
    """The last lines of metrics.jsonl that tell where the run is, the last one first."""
    try:
        with run.metrics_file.open("rb") as stream:
            stream.seek(max(0, run.metrics_file.stat().st_size - _TAIL_BYTES))
            lines = stream.read().splitlines()
    except OSError:
        return
    for line in reversed(lines):
        try:
            told = json.loads(line)
            if all(told[key] >= 0 for key in ("step", "epoch", "elapsed_seconds")):
                yield told
        except (ValueError, LookupError, TypeError, RecursionError):
            continue


def _best(run: RunFolder, steps_per_epoch: float) -> Best | None:
    told = read_weights_metadata(run.best_weights)
    try:
        epoch = told.get("epoch") or round(told["step"] / steps_per_epoch)  # older versions wrote no epoch
        return Best.model_validate({"epoch": epoch, "step": told["step"], **told["validation"]})
    except (LookupError, TypeError, ZeroDivisionError, ValidationError):
        return None
