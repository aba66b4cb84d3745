"""RunConfig: all settings of a run, enough to rebuild its model and to repeat it."""

from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from pydantic import model_validator

from nn_core.config.losses import LOSS_SETTINGS, CrossEntropySettings
from nn_core.config.optimizers import OPTIMIZER_SETTINGS, SGDSettings
from nn_core.config.schedules import SCHEDULE_SETTINGS, NoScheduleSettings
from nn_core.config.training import TrainingSettings
from nn_core.data import DataSettings
from nn_core.i18n import N_, _
from nn_core.models import MODELS
from nn_core.models.quick import QuickSettings
from nn_core.settings import Section, declare_group, make_choice, make_error

__all__ = ["CONFIG_VERSION", "RunConfig"]

CONFIG_VERSION: Literal[1] = 1

if TYPE_CHECKING:
    ModelSettings: TypeAlias = Any
    OptimizerSettings: TypeAlias = Any
    LossSettings: TypeAlias = Any
    SchedulerSettings: TypeAlias = Any
else:
    ModelSettings = make_choice({name: model.settings for name, model in MODELS.items()})
    OptimizerSettings = make_choice(OPTIMIZER_SETTINGS)
    LossSettings = make_choice(LOSS_SETTINGS)
    SchedulerSettings = make_choice(SCHEDULE_SETTINGS)


class RunConfig(Section):
    version: Literal[1] = CONFIG_VERSION
    data: DataSettings = declare_group(DataSettings(), N_("Data"))
    model: ModelSettings = declare_group(QuickSettings(), N_("Network"))
    optimizer: OptimizerSettings = declare_group(SGDSettings(), N_("Optimizer"))
    loss: LossSettings = declare_group(CrossEntropySettings(), N_("Loss"))
    scheduler: SchedulerSettings = declare_group(NoScheduleSettings(), N_("Learning rate schedule"))
    training: TrainingSettings = declare_group(TrainingSettings(), N_("Training"))

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if isinstance(self.optimizer, SGDSettings) and self.optimizer.nesterov and not self.optimizer.momentum:
            raise make_error(
                _(
                    "Nesterov needs momentum: set optimizer.momentum, for example to 0.9, or switch optimizer.nesterov off."
                )
            )
        return self
