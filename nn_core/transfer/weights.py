"""Exports a run's weights as a file for other programs."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete

__all__ = ["WEIGHT_FORMATS", "WeightFormat", "get_weights_file", "write_weights"]

WeightFormat = Literal["safetensors", "pt"]
WEIGHT_FORMATS: tuple[WeightFormat, ...] = get_args(WeightFormat)


def get_weights_file(run: RunFolder) -> Path:
    """Return the file of the run's best network, or of its last one before the end of the first epoch. Raises DamagedRun if there is none."""
    for file in (run.best_weights, run.last_weights):
        if file.is_file():
            return file
    raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))


def write_weights(run: RunFolder, kind: WeightFormat, target: BinaryIO) -> None:
    """Write the weights.

    Args:
        run: the run.
        kind: "safetensors" for the unchanged file of the run folder, "pt" for a state_dict that `torch.load(…, weights_only=True)`
            reads.
        target: where to write.

    Raises:
        DamagedRun: there are no weights, or the file is damaged.
    """
    file = get_weights_file(run)
    # Read at once, because a training run replaces the file (it never changes it).
    content = file.read_bytes()
    try:
        check_complete(BytesIO(content))
        weights = load(content)
    except SafetensorError as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}: it does not contain weights. Restore it, or train again."
            ).format(run=run.name, file=file.name)
        ) from error
    if kind == "safetensors":
        target.write(content)
    else:
        torch.save({name: weights[name] for name in sorted(weights)}, target)  # safetensors returns them in any order
