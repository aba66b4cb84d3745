"""RunConfig: all settings of a run, enough to rebuild its model and to repeat it."""

from typing import TYPE_CHECKING, Literal, Self, TypeAlias, Union

from pydantic import model_validator

from nn_core.config.losses import CrossEntropySettings, LossSettings
from nn_core.config.optimizers import NoScheduleSettings, OptimizerSettings, SchedulerSettings, SGDSettings
from nn_core.config.training import TrainingSettings
from nn_core.data import DataSettings
from nn_core.i18n import N_, _
from nn_core.models import MODELS
from nn_core.models.quick import QuickSettings
from nn_core.settings import NamedSection, Section, declare_choice, declare_group, make_error

__all__ = ["CONFIG_VERSION", "RunConfig"]

CONFIG_VERSION: Literal[1] = 1

if TYPE_CHECKING:
    ModelSettings: TypeAlias = NamedSection
else:  # the registry imports the networks by name, so their union is known only at run time
    ModelSettings = Union[tuple(model.settings for model in MODELS.values())]  # noqa: UP007


class RunConfig(Section):
    version: Literal[1] = CONFIG_VERSION
    data: DataSettings = declare_group(DataSettings(), N_("Data"))
    model: ModelSettings = declare_choice(QuickSettings(), N_("Network"))
    optimizer: OptimizerSettings = declare_choice(SGDSettings(), N_("Optimizer"))
    loss: LossSettings = declare_choice(CrossEntropySettings(), N_("Loss"))
    scheduler: SchedulerSettings = declare_choice(NoScheduleSettings(), N_("Learning rate schedule"))
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
