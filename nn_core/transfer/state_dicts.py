"""Finds the state_dicts in what a checkpoint contains: in wrappers, beside figures, optimizers and averages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["StateDict", "find_state_dicts", "is_average"]

_DEEPEST = 6
_OTHER_STATE = re.compile(
    r"optim|^opt(_|$)|sched|scaler|^rng|random|^grad|^amp$|^callbacks$|^loops$|hyper_?param", re.IGNORECASE
)
"""The keys of what a checkpoint stores besides networks; an optimizer has tensors, too."""
_AVERAGE = re.compile(r"(^|[._])(ema|swa|averaged?|shadow|teacher)([._]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class StateDict:
    """Tensors by name, as a network's state_dict has them.

    Attributes:
        path: the keys that lead to it, joined with dots; empty for the file itself.
        tensors: by name.
        figures: the names of other values beside them, such as the number of the epoch.
    """

    path: str
    tensors: Mapping[str, Tensor]
    figures: tuple[str, ...] = ()


def is_average(path: str) -> bool:
    """Return whether these keys or names belong to a running average of a network, beside the network itself."""
    return _AVERAGE.search(path) is not None


def find_state_dicts(content: object, called: str) -> list[StateDict]:
    """Return the state_dicts in what torch.save stored, the most likely one first.

    Args:
        content: tensors, plain values and containers of them.
        called: the file's name in errors.

    Raises:
        BadInput: there is none.
    """
    found = sorted(_search(content, "", _DEEPEST), key=lambda state: (is_average(state.path), -_count_numbers(state)))
    if not found:
        raise BadInput(
            _(
                "'{file}' is not a state_dict (tensors by name), but contains {found}. Save it with "
                "torch.save(model.state_dict(), file)."
            ).format(file=called, found=_describe(content)[:100])
        )
    parts = [state for state in found if state.path and not is_average(state.path)]
    if len(parts) > 1:  # perhaps the parts of one network, each with a state_dict of its own
        joined = {f"{state.path}.{name}": tensor for state in parts for name, tensor in state.tensors.items()}
        found.append(StateDict("", joined))
    return found


def _search(content: object, path: str, depth: int) -> Iterator[StateDict]:
    if depth == 0:
        return
    if isinstance(content, list | tuple):
        content = {str(number): value for number, value in enumerate(content) if isinstance(value, Mapping)}
    if not isinstance(content, Mapping) or "param_groups" in content:
        return
    named = {name: value for name, value in content.items() if isinstance(name, str)}
    tensors = {name: value for name, value in named.items() if isinstance(value, Tensor)}
    if any(tensor.dim() for tensor in tensors.values()) and len(named) == len(content):
        figures = tuple(name for name, value in named.items() if not isinstance(value, Tensor | Mapping | list | tuple))
        yield StateDict(path, tensors, figures if path == "" else ())
    for name, value in named.items():
        if not isinstance(value, Tensor) and not _OTHER_STATE.search(name):
            yield from _search(value, f"{path}.{name}" if path else name, depth - 1)


def _count_numbers(state: StateDict) -> int:
    return sum(tensor.numel() for tensor in state.tensors.values())


def _describe(content: object) -> str:
    """Say what is there instead of tensors."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if not isinstance(name, str) or not isinstance(value, Tensor):
                return f"{name!r}: {type(value).__name__}"
    return type(content).__name__
