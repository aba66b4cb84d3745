"""Checks for batches of a single sample, which batch norm cannot train on."""

import torch

from nn_core.config import RunConfig
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models import build_model
from nn_core.models.summary import make_blank_batch
from nn_core.task import TaskSpec

__all__ = ["check_batch_norm_sizes"]


def check_batch_norm_sizes(config: RunConfig, task: TaskSpec, samples: int | None = None) -> None:
    """Check that no batch has a single sample where the network needs two.

    Args:
        samples: Number of training samples, if known.

    Raises:
        ConfigError: A batch would have a single sample.
    """
    size = config.training.batch_size
    has_single = size == 1 or (samples is not None and samples % size == 1)
    if has_single and not _can_train_on_one(config, task):
        raise ConfigError(
            _(
                "training.batch_size = {size} leaves a batch with a single sample, but the network's batch norm needs at least "
                "two. Choose another batch size, for example {other}."
            ).format(size=size, other=size + 1 if samples is None or samples % (size + 1) != 1 else size + 2)
        )


def _can_train_on_one(config: RunConfig, task: TaskSpec) -> bool:
    with torch.device("meta"):
        model = build_model(config.model, task).train()
        try:
            model(make_blank_batch(task))
        except ValueError:
            return False
    return True
