"""Reads untrusted weight files without running any code in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.runs.weights import check_complete
from nn_core.transfer.pickle_guard import check_pickled_weights

__all__ = ["WEIGHT_SUFFIXES", "load_tensors", "make_natural_key", "read_weights"]

WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth")
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
    if Path(called).suffix.lower() == ".safetensors":
        try:
            with file.open("rb") as stream:
                if int.from_bytes(stream.read(8), "little") > _LARGEST_HEADER:
                    raise ValueError(_("its header is too long"))
                stream.seek(0)
                check_complete(stream)
            weights = load_file(file)  # in any order
            _check_names(weights, called)
            return _without_prefix({name: weights[name] for name in sorted(weights, key=make_natural_key)})
        except BadInput:
            raise
        except Exception as error:  # the reader raises many kinds of errors over types that torch lacks
            raise BadInput(
                _("'{file}' is not a safetensors file: {reason}. Save the weights again.").format(
                    file=called, reason=_first_line(error)
                )
            ) from error
    content = load_tensors(file, called)
    for key in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not content:
        raise _no_state_dict(called, type(content).__name__)
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise _no_state_dict(called, f"{name!r}: {type(value).__name__}")
    _check_names(content, called)
    return _without_prefix(dict(content))


def _check_names(weights: Mapping[str, Tensor], called: str) -> None:
    """Raises BadInput for more tensors or longer names than any network has."""
    if len(weights) > _MOST_TENSORS or max(map(len, weights), default=0) > _LONGEST_NAME:
        raise BadInput(
            _(
                "'{file}' contains {count:,} tensors with names of up to {length:,} characters, and at most {most:,} with {longest:,} "
                "are read. Save the weights of one network."
            ).format(
                file=called,
                count=len(weights),
                length=max(map(len, weights), default=0),
                most=_MOST_TENSORS,
                longest=_LONGEST_NAME,
            )
        )


def load_tensors(file: Path, called: str) -> Any:
    """Read a file of torch.save that contains only tensors and plain values. Raises BadInput."""
    try:
        check_pickled_weights(file, called)
        return torch.load(file, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except Exception as error:  # the reader raises many kinds of errors over a damaged file
        raise _unreadable(called, error) from error


def _unreadable(called: str, error: Exception) -> BadInput:
    return BadInput(
        _("'{file}' cannot be read as what torch.save writes: {reason}. Save the weights again.").format(
            file=called, reason=_first_line(error)
        )
    )


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
