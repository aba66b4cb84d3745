"""Training: `loop` learns, `session` is what changes, `checkpoint` saves it, `worker` is the process around it."""

from nn_core.training.check import check
from nn_core.training.losses import LOSSES
from nn_core.training.optimizers import OPTIMIZERS
from nn_core.training.schedulers import SCHEDULERS

__all__ = ["LOSSES", "OPTIMIZERS", "SCHEDULERS", "check"]
