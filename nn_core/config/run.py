"""RunConfig: everything that decides what a run does; enough to rebuild its model and to repeat it."""

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from nn_core.config.sections import (
    CrossEntropySettings,
    DataSettings,
    LossSettings,
    ModelSettings,
    NoScheduleSettings,
    OptimizerSettings,
    QuickSettings,
    SchedulerSettings,
    SGDSettings,
    TrainingSettings,
)
from nn_core.config.settings import Section, group
from nn_core.i18n import N_, _

__all__ = ["CONFIG_VERSION", "RunConfig"]

CONFIG_VERSION: Literal[1] = 1


class RunConfig(Section):
    version: Literal[1] = CONFIG_VERSION
    data: DataSettings = group(DataSettings(), N_("Data"))
    model: ModelSettings = group(QuickSettings(), N_("Network"))
    optimizer: OptimizerSettings = group(SGDSettings(), N_("Optimizer"))
    loss: LossSettings = group(CrossEntropySettings(), N_("Loss"))
    scheduler: SchedulerSettings = group(NoScheduleSettings(), N_("Learning rate schedule"))
    training: TrainingSettings = group(TrainingSettings(), N_("Training"))

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if isinstance(self.optimizer, SGDSettings) and self.optimizer.nesterov and not self.optimizer.momentum:
            raise PydanticCustomError(
                "nesterov",
                _("Nesterov needs momentum: set optimizer.momentum to 0.9, say, or switch optimizer.nesterov off."),
            )
        return self
