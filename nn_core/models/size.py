"""How large a network may be. Held by arithmetic, before any of its numbers takes room: each setting alone is bounded where
it is declared, but rows of bounded layers multiply."""

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
    "MOST_PARAMETERS",
    "MOST_SIGNALS",
    "check_batch_fits",
    "check_size",
    "compute_samples_at_once",
    "count_activations",
]

MOST_PARAMETERS = 100_000_000
"""Training keeps each about eight times (gradient, optimizer, best weights, what is saved): 3.2 GB in float32."""
MOST_SIGNALS = 1_000_000_000
"""What the layers give for one batch is kept until the way back: 4 GB in float32."""
_AT_ONCE = 1000


def check_size(network: nn.Module, name: str) -> None:
    """Raises ConfigError. The network is on torch's `meta` device, or has room for its numbers already."""
    count = sum(tensor.numel() for tensor in (*network.parameters(), *network.buffers()))
    if count > MOST_PARAMETERS:
        raise ConfigError(
            _(
                "Network '{name}' would have {count:,} parameters, and at most {most:,} are taken. Make its layers smaller or "
                "fewer, or pool more between them."
            ).format(name=name, count=count, most=MOST_PARAMETERS)
        )


def count_activations(rows: Iterable[LayerRow], problem: TaskSpec) -> int:
    """How many numbers there are for one sample: its own, and what all layers give."""
    return prod(problem.shape) + sum(prod(row.output) for row in rows)


def check_batch_fits(signals: int, batch_size: int, name: str) -> None:
    """Raises ConfigError for a batch of samples that would make too many signals in the network of that name."""
    if signals * batch_size <= MOST_SIGNALS:
        return
    fitting = MOST_SIGNALS // signals
    remedy = (
        _("Set training.batch_size to {fitting:,} or less, or make the layers smaller.").format(fitting=fitting)
        if fitting
        else _("Make its layers smaller, or pool more between them.")
    )
    raise ConfigError(
        _(
            "training.batch_size = {batch_size:,} makes {count:,} signals in network '{name}', {each:,} for each sample, and at "
            "most {most:,} are held at once. {remedy}"
        ).format(
            batch_size=batch_size,
            count=signals * batch_size,
            name=name,
            each=signals,
            most=MOST_SIGNALS,
            remedy=remedy,
        )
    )


def compute_samples_at_once(signals: int) -> int:
    """How many samples pass through a network together where nothing is learned: 1000, or fewer where each makes very many
    signals."""
    return max(1, min(_AT_ONCE, MOST_SIGNALS // signals))
