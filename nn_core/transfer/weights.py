"""A run's weights as a file for whoever wants them."""

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
    """The file of the run's best network, or of its last while no epoch has ended. Raises DamagedRun where there is none."""
    for file in (run.best_weights, run.last_weights):
        if file.is_file():
            return file
    raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))


def write_weights(run: RunFolder, kind: WeightFormat, target: BinaryIO) -> None:
    """safetensors: as it lies in the run folder; pt: the same as a state_dict that `torch.load(…, weights_only=True)` opens.
    Raises DamagedRun."""
    file = get_weights_file(run)
    # Read at one go: a run that trains replaces the file, and never changes it.
    content = file.read_bytes()
    try:
        check_complete(BytesIO(content))
        weights = load(content)
    except SafetensorError as error:
        raise DamagedRun(
            _("Run '{run}' has a damaged file, {file}: it does not hold weights. Restore it, or train again.").format(
                run=run.name, file=file.name
            )
        ) from error
    if kind == "safetensors":
        target.write(content)
    else:
        torch.save({name: weights[name] for name in sorted(weights)}, target)  # safetensors gives them in any order
