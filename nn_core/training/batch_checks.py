"""Batch norm needs at least two samples, so a network with it may be unable to learn from a batch of one."""

import torch

from nn_core.config import RunConfig
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models import build_model
from nn_core.models.rows import make_blank_batch
from nn_core.task import TaskSpec

__all__ = ["check_batch_norm_sizes"]


def check_batch_norm_sizes(config: RunConfig, problem: TaskSpec, samples: int | None = None) -> None:
    """Raises ConfigError where a batch would hold a single sample, of so many to learn from, and the network cannot learn
    from one."""
    size = config.training.batch_size
    alone = size == 1 or (samples is not None and samples % size == 1)
    if alone and not _learns_from_one(config, problem):
        raise ConfigError(
            _(
                "training.batch_size = {size} leaves a batch with a single sample, and the network's batch norm needs two to "
                "compare. Choose another batch size, for example {other}."
            ).format(size=size, other=size + 1 if samples is None or samples % (size + 1) != 1 else size + 2)
        )


def _learns_from_one(config: RunConfig, problem: TaskSpec) -> bool:
    with torch.device("meta"):
        model = build_model(config.model, problem).train()
        try:
            model(make_blank_batch(problem))
        except ValueError:
            return False
    return True
