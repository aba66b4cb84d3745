"""Opens weights that come from elsewhere, so that nothing in the file is ever run."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["WEIGHT_SUFFIXES", "in_natural_order", "load_tensors", "read_weights"]

WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth")
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")


def read_weights(file: Path, called: str) -> dict[str, Tensor]:
    """The tensors of a .safetensors, .pt or .pth file by name, freed of what wraps and prefixes them. `called` is what
    errors name it. Raises BadInput."""
    if Path(called).suffix.lower() == ".safetensors":
        try:
            weights = load_file(file)  # which gives them in any order
            return _without_prefix({name: weights[name] for name in sorted(weights, key=in_natural_order)})
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise BadInput(
                _("'{file}' is no safetensors file: {reason}. Save the weights again.").format(
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
    return _without_prefix(dict(content))


def load_tensors(file: Path, called: str) -> Any:
    """What torch.save wrote, as long as it is tensors and plain values. Raises BadInput."""
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                # torch.save never packs; who does so may hide any amount of zeros in a small file.
                if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                    raise BadInput(
                        _("'{file}' is packed, which torch.save never does. Save it with torch.save.").format(
                            file=called
                        )
                    )
        return torch.load(file, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        if named is None:
            raise _unreadable(called, error) from error
        raise BadInput(
            _(
                "'{file}' holds more than weights ({what}), and opening that could run any code that came with it. "
                "Save the weights alone: torch.save(model.state_dict(), file), or as safetensors."
            ).format(file=called, what=named[1])
        ) from error
    except Exception as error:  # a damaged file fails in any way, deep inside the reader
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
            "'{file}' is no state_dict, tensors by name, but holds {found}. Save it with "
            "torch.save(model.state_dict(), file)."
        ).format(file=called, found=found[:100])
    )


def in_natural_order(name: str) -> list[tuple[int, str]]:
    """A key to sort by: 'conv10' comes after 'conv2'."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _without_prefix(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """DataParallel and torch.compile put a word before every name."""
    for prefix in _PREFIXES:
        if weights and all(name.startswith(prefix) for name in weights):
            return _without_prefix({name.removeprefix(prefix): tensor for name, tensor in weights.items()})
    return weights


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")[:200]
