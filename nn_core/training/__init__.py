"""Training: `loop` trains, `state` is what changes, `checkpoint` saves it. `nn_core.jobs` is the process around it."""

from nn_core.training.losses import LOSSES
from nn_core.training.optimizers import OPTIMIZERS
from nn_core.training.schedules import SCHEDULERS
from nn_core.training.setup import check_trainable

__all__ = ["LOSSES", "OPTIMIZERS", "SCHEDULERS", "check_trainable"]
