"""Finds the sizes of a network's layers in a file of weights, such as `model.hidden`, so that users need not know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from nn_core.config import RunConfig, update_config
from nn_core.errors import ConfigError
from nn_core.transfer.state_dicts import StateDict

__all__ = ["vary_model_settings"]

_MOST_SIZES = 40


def vary_model_settings(
    config: RunConfig, found: list[StateDict], *, is_same_depth: bool
) -> Iterator[tuple[str, RunConfig]]:
    """Yield configs whose network has other sizes: those of the tensors in the file, in one setting at a time.

    Args:
        config: its network does not fit.
        found: the state_dicts in the file, the most likely one first.
        is_same_depth: whether the file has as many tensors as the network. If not, only lists of sizes are varied.

    Yields:
        The changed setting as `model.hidden = 32`, and the config.
    """
    tensors = found[0].tensors
    sizes = list(dict.fromkeys(size for tensor in tensors.values() for size in tensor.shape[:1]))[:_MOST_SIZES]
    for key, field in type(config.model).model_fields.items():
        before = getattr(config.model, key)
        candidates: list[int | list[int]] = []
        if field.annotation is int and is_same_depth:
            candidates = [*sizes]
        elif isinstance(before, tuple) and all(isinstance(size, int) for size in before):
            candidates = [outputs for outputs in (_list_outputs(tensors, 2)[:-1], _list_outputs(tensors, 4)) if outputs]
        for value in candidates:
            try:
                varied = update_config(config, {"model": {"name": config.model.name, key: value}})
            except ConfigError:
                continue
            if varied != config:
                yield f"model.{key} = {value}", varied


def _list_outputs(tensors: Mapping[str, Tensor], dimensions: int) -> list[int]:
    """The numbers of outputs of the dense (2) or convolutional (4) layers, in the order of the file."""
    return [tensor.shape[0] for tensor in tensors.values() if tensor.dim() == dimensions]
