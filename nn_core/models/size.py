"""Limits the size of networks and batches, before memory is allocated.

Each setting has bounds, but many layers within these bounds can still be too large together.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import TYPE_CHECKING

from nn_core.errors import ConfigError
from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import nn

    from nn_core.models.rows import LayerRow
    from nn_core.task import TaskSpec

__all__ = [
    "MAX_ACTIVATIONS",
    "MAX_PARAMETERS",
    "check_batch_fits",
    "check_size",
    "compute_eval_batch_size",
    "count_activations",
]

MAX_PARAMETERS = 100_000_000
"""Training stores each about eight times (gradient, optimizer state, best weights, checkpoint): 3.2 GB in float32."""
MAX_ACTIVATIONS = 1_000_000_000
"""The outputs of all layers for one batch are stored for the backward pass: 4 GB in float32."""
_MAX_EVAL_BATCH_SIZE = 1000


def check_size(network: nn.Module, name: str) -> None:
    """Check the number of parameters of a network, which may be on torch's `meta` device. Raises ConfigError."""
    count = sum(tensor.numel() for tensor in (*network.parameters(), *network.buffers()))
    if count > MAX_PARAMETERS:
        raise ConfigError(
            _(
                "Network '{name}' would have {count:,} parameters, and at most {most:,} are allowed. Make its layers smaller or "
                "fewer, or pool more between them."
            ).format(name=name, count=count, most=MAX_PARAMETERS)
        )


def count_activations(rows: Iterable[LayerRow], task: TaskSpec) -> int:
    """Count the numbers in one sample and in the outputs of all layers for it."""
    return prod(task.shape) + sum(prod(row.output) for row in rows)


def check_batch_fits(activations: int, batch_size: int, name: str) -> None:
    """Check that a batch does not have too many activations.

    Args:
        activations: of one sample, see `count_activations`.
        batch_size: samples in a batch.
        name: of the network.

    Raises:
        ConfigError: it has too many.
    """
    if activations * batch_size <= MAX_ACTIVATIONS:
        return
    largest = MAX_ACTIVATIONS // activations
    remedy = (
        _("Set training.batch_size to {largest:,} or less, or make the layers smaller.").format(largest=largest)
        if largest
        else _("Make its layers smaller, or pool more between them.")
    )
    raise ConfigError(
        _(
            "training.batch_size = {batch_size:,} needs {count:,} activations in network '{name}', {each:,} for each sample, and "
            "at most {most:,} are allowed. {remedy}"
        ).format(
            batch_size=batch_size,
            count=activations * batch_size,
            name=name,
            each=activations,
            most=MAX_ACTIVATIONS,
            remedy=remedy,
        )
    )


def compute_eval_batch_size(activations: int) -> int:
    """Return the batch size for evaluation: 1000, or less if a sample has very many activations."""
    return max(1, min(_MAX_EVAL_BATCH_SIZE, MAX_ACTIVATIONS // activations))
