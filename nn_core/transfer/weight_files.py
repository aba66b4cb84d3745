"""Reads untrusted weight files without running any code in them, and writes a run's weights for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor

from nn_core.data.custom.validation import make_natural_key
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete
from nn_core.transfer.file_signatures import check_is_weight_file, is_safetensors, is_zip
from nn_core.transfer.pickle_guard import check_pickled_weights
from nn_core.transfer.state_dicts import StateDict, find_state_dicts

__all__ = [
    "WEIGHT_FORMATS",
    "WeightFormat",
    "load_tensors",
    "read_safetensors",
    "read_state_dicts",
    "write_weights",
]

WeightFormat = Literal["safetensors", "pt"]
WEIGHT_FORMATS: tuple[WeightFormat, ...] = get_args(WeightFormat)
_LARGEST_HEADER = 4 << 20
_MOST_TENSORS, _LONGEST_NAME, _MOST_STATE_DICTS = 10_000, 500, 20


def read_state_dicts(file: Path, called: str) -> list[StateDict]:
    """Read the tensors of a file of weights, by name.

    Args:
        file: of safetensors or torch.save; its content says which.
        called: the file's name in errors.

    Returns:
        The state_dicts in it, the most likely one first.

    Raises:
        BadInput: the file is damaged, of another kind, or contains anything but weights.
    """
    check_is_weight_file(file, called)
    with file.open("rb") as stream:
        head = stream.read(16)
    is_named_so = Path(called).suffix.lower() == ".safetensors"
    if is_safetensors(head, file.stat().st_size) or (is_named_so and not is_zip(head)):
        return [StateDict("", read_safetensors(file, called))]
    found = find_state_dicts(load_tensors(file, called), called)[:_MOST_STATE_DICTS]
    for state in found:
        _check_names(state.tensors, called)
    return found


def _check_names(weights: Mapping[str, Tensor], called: str) -> None:
    longest = max(map(len, weights), default=0)
    if len(weights) > _MOST_TENSORS or longest > _LONGEST_NAME:
        raise BadInput(
            _(
                "'{file}' contains {count:,} tensors with names of up to {length:,} characters, and at most {most:,} with {longest:,} "
                "are read. Save the weights of one network."
            ).format(file=called, count=len(weights), length=longest, most=_MOST_TENSORS, longest=_LONGEST_NAME)
        )


def read_safetensors(file: Path, called: str) -> dict[str, Tensor]:
    """Read the tensors of a .safetensors file, in the natural order of their names. Raises BadInput."""
    weights = _load_safetensors(file, called)
    _check_names(weights, called)
    return {name: weights[name] for name in sorted(weights, key=make_natural_key)}


def _load_safetensors(file: Path, called: str) -> dict[str, Tensor]:
    try:
        with file.open("rb") as stream:
            if int.from_bytes(stream.read(8), "little") > _LARGEST_HEADER:
                raise ValueError(_("its header is too long"))
            stream.seek(0)
            check_complete(stream)
        return load_file(file)
    except Exception as error:  # the reader raises many kinds of errors over types that torch lacks
        raise BadInput(
            _("'{file}' is not a safetensors file: {reason}. Save the weights again.").format(
                file=called, reason=_first_line(error)
            )
        ) from error


def load_tensors(file: Path, called: str) -> object:
    """Read a file of torch.save that contains only tensors and plain values. Raises BadInput."""
    try:
        check_pickled_weights(file, called)
        with file.open("rb") as stream:  # torch would read a file of this name as safetensors
            return torch.load(stream, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except Exception as error:  # the reader raises many kinds of errors over a damaged file
        raise BadInput(
            _("'{file}' cannot be read as what torch.save writes: {reason}. Save the weights again.").format(
                file=called, reason=_first_line(error)
            )
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")[:200]


def _find_weights(run: RunFolder) -> Path:
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
    file = _find_weights(run)
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
