"""Reads untrusted weight files without running any code in them, and writes a run's weights for other programs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor

from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete
from nn_core.transfer.pickle_guard import check_pickled_weights

__all__ = [
    "WEIGHT_FORMATS",
    "WeightFormat",
    "load_tensors",
    "make_natural_key",
    "read_weights",
    "write_weights",
]

WeightFormat = Literal["safetensors", "pt"]
WEIGHT_FORMATS: tuple[WeightFormat, ...] = get_args(WeightFormat)
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")
_LARGEST_HEADER = 4 << 20
_MOST_TENSORS, _LONGEST_NAME = 10_000, 500


def read_weights(file: Path, called: str) -> dict[str, Tensor]:
    """Read the tensors of a .safetensors, .pt or .pth file, by name, without wrapping dicts and common prefixes.

    Args:
        file: its suffix is ignored.
        called: the file's name in errors, whose suffix says how it is read.

    Raises:
        BadInput: the file is damaged or contains anything but weights.
    """
    is_safetensors = Path(called).suffix.lower() == ".safetensors"
    weights = (
        _read_safetensors(file, called) if is_safetensors else _find_state_dict(load_tensors(file, called), called)
    )
    longest = max(map(len, weights), default=0)
    if len(weights) > _MOST_TENSORS or longest > _LONGEST_NAME:
        raise BadInput(
            _(
                "'{file}' contains {count:,} tensors with names of up to {length:,} characters, and at most {most:,} with {longest:,} "
                "are read. Save the weights of one network."
            ).format(file=called, count=len(weights), length=longest, most=_MOST_TENSORS, longest=_LONGEST_NAME)
        )
    if is_safetensors:  # which returns them in any order
        weights = {name: weights[name] for name in sorted(weights, key=make_natural_key)}
    return _without_prefix(weights)


def _read_safetensors(file: Path, called: str) -> dict[str, Tensor]:
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


def _find_state_dict(content: object, called: str) -> dict[str, Tensor]:
    for key in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    weights: dict[str, Tensor] = {}
    if isinstance(content, Mapping):
        for name, value in content.items():
            if not isinstance(name, str) or not isinstance(value, Tensor):
                raise _no_state_dict(called, f"{name!r}: {type(value).__name__}")
            weights[name] = value
    if not weights:
        raise _no_state_dict(called, type(content).__name__)
    return weights


def load_tensors(file: Path, called: str) -> object:
    """Read a file of torch.save that contains only tensors and plain values. Raises BadInput."""
    try:
        check_pickled_weights(file, called)
        return torch.load(file, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except Exception as error:  # the reader raises many kinds of errors over a damaged file
        raise BadInput(
            _("'{file}' cannot be read as what torch.save writes: {reason}. Save the weights again.").format(
                file=called, reason=_first_line(error)
            )
        ) from error


def _no_state_dict(called: str, found: str) -> BadInput:
    return BadInput(
        _(
            "'{file}' is not a state_dict (tensors by name), but contains {found}. Save it with "
            "torch.save(model.state_dict(), file)."
        ).format(file=called, found=found[:100])
    )


def make_natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key by which 'conv10' comes after 'conv2'."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _without_prefix(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Remove the prefix that DataParallel or torch.compile puts before every name."""
    for prefix in _PREFIXES:
        if weights and all(name.startswith(prefix) for name in weights):
            return _without_prefix({name.removeprefix(prefix): tensor for name, tensor in weights.items()})
    return weights


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
