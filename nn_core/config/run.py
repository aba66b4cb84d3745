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
from nn_core.config.settings import Section
from nn_core.i18n import _

__all__ = ["CONFIG_VERSION", "RunConfig"]

CONFIG_VERSION: Literal[1] = 1


class RunConfig(Section):
    version: Literal[1] = CONFIG_VERSION
    data: DataSettings = DataSettings()
    model: ModelSettings = QuickSettings()
    optimizer: OptimizerSettings = SGDSettings()
    loss: LossSettings = CrossEntropySettings()
    scheduler: SchedulerSettings = NoScheduleSettings()
    training: TrainingSettings = TrainingSettings()

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if isinstance(self.optimizer, SGDSettings) and self.optimizer.nesterov and not self.optimizer.momentum:
            raise PydanticCustomError(
                "nesterov",
                _("Nesterov needs momentum: set optimizer.momentum to 0.9, say, or switch optimizer.nesterov off."),
            )
        return self
