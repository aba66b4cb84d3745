"""Matches weights from other programs to the layers of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from nn_core.data.custom.validation import make_natural_key
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["has_same_names", "is_counter", "match_by_order", "match_weights"]

_COUNTER = "num_batches_tracked"
_MAX_LISTED = 6


def match_weights(
    weights: Mapping[str, Tensor], model: nn.Module, *, called: str, network: str
) -> tuple[dict[str, Tensor], bool]:
    """Give the weights the network's names and types.

    Args:
        weights: by name.
        model: may be on torch's `meta` device.
        called: the file's name in errors.
        network: the network's name in errors.

    Returns:
        The weights, and whether they were matched by their order, because they have other names but the same shapes.

    Raises:
        BadInput: with the first thing that does not fit.
    """
    needed = model.state_dict()
    by_order = None if has_same_names(needed, weights) else match_by_order(needed, weights)
    given = by_order or dict(weights)
    problem = _first_problem(needed, given)
    if problem:
        raise BadInput(
            _(
                "'{file}' does not fit the network '{network}': {problem}. The file has {layers}. Choose the network and the settings "
                "that the weights were trained with."
            ).format(file=called, network=network, problem=problem, layers=_list_layers(weights))
        )
    return {
        name: _converted(name, given.get(name), like, called) for name, like in needed.items()
    }, by_order is not None


def is_counter(name: str) -> bool:
    """Return whether this is the counter of a batch norm, which old files do not have and no result depends on."""
    return name.endswith(_COUNTER)


def has_same_names(needed: Iterable[str], given: Iterable[str]) -> bool:
    """Return whether both have the same names, apart from the counters."""
    return {name for name in needed if not is_counter(name)} == {name for name in given if not is_counter(name)}


def _first_problem(needed: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str | None:
    for name, tensor in needed.items():
        if name not in given:
            if is_counter(name):
                continue
            return _("layer '{layer}' ({shape}) is missing in the file").format(layer=name, shape=_sides(tensor))
        if given[name].shape != tensor.shape:
            return _("layer '{layer}' has {found} numbers, and {needed} are needed").format(
                layer=name, found=_sides(given[name]), needed=_sides(tensor)
            )
    for name, tensor in given.items():
        if name not in needed and not is_counter(name):
            return _("it has no layer '{layer}' ({shape}), but the file has one").format(
                layer=name[:100], shape=_sides(tensor)
            )
    return None


def _list_layers(weights: Mapping[str, Tensor]) -> str:
    """Name the first layers of a file with their shapes, without biases and counters."""
    layers = [f"'{name[:60]}' ({_sides(tensor)})" for name, tensor in weights.items() if tensor.ndim > 1]
    return ", ".join(layers[:_MAX_LISTED]) + (" …" if len(layers) > _MAX_LISTED else "") or _("no weight matrix")


def match_by_order(
    needed: Mapping[str, Tensor], given: Mapping[str, Tensor], *, same_shapes: bool = True
) -> dict[str, Tensor] | None:
    """Return the given tensors by the needed names, if both have the same layers with the same shapes in the same order.

    A file may be sorted by name, which for 'conv1, conv2, fc1' is also the order of the layers.

    Args:
        needed: of the network.
        given: of the file.
        same_shapes: whether shapes must be equal, not only the number of dimensions.
    """

    def get_kinds(parts: list[tuple[str, tuple[str, torch.Size]]]) -> list[tuple[str, torch.Size | int]]:
        return [(last, shape if same_shapes else len(shape)) for _name, (last, shape) in parts]

    wanted = _parts(needed)
    for order in (_parts(given), sorted(_parts(given), key=lambda part: make_natural_key(part[0]))):
        if get_kinds(wanted) == get_kinds(order):
            return {ours: given[theirs] for (ours, _s), (theirs, _t) in zip(wanted, order, strict=True)}
    return None


def _parts(weights: Mapping[str, Tensor]) -> list[tuple[str, tuple[str, torch.Size]]]:
    """The layers in order, and the tensors of each sorted by name: (name, (last part of the name, shape))."""
    layers: dict[str, list[str]] = {}
    for name in weights:
        if not is_counter(name):
            layers.setdefault(name.rpartition(".")[0], []).append(name)
    return [
        (name, (name.rpartition(".")[2], weights[name].shape)) for names in layers.values() for name in sorted(names)
    ]


def _converted(name: str, given: Tensor | None, like: Tensor, called: str) -> Tensor:
    if given is None:
        return torch.zeros(like.shape, dtype=like.dtype)
    if given.layout != torch.strided or given.is_quantized or given.is_complex() or given.is_meta:
        raise BadInput(
            _("'{file}' contains packed numbers in layer '{layer}'. Save them as float32.").format(
                file=called, layer=name
            )
        )
    try:
        tensor = given.detach().to(like.dtype).contiguous().clone()
    except RuntimeError as error:  # a type that torch can only store
        raise BadInput(
            _("'{file}' contains numbers of the type {type} in layer '{layer}'. Save them as float32.").format(
                file=called, type=str(given.dtype).removeprefix("torch."), layer=name
            )
        ) from error
    if not torch.isfinite(tensor).all():
        raise BadInput(
            _("'{file}' contains infinite or undefined numbers in layer '{layer}'. Train it again.").format(
                file=called, layer=name
            )
        )
    return tensor


def _sides(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "1"
