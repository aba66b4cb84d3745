"""The declared settings of each learning rate schedule."""

from typing import Literal, TypeAlias

from nn_core.i18n import N_
from nn_core.settings import NamedSection, declare_setting, get_sections

__all__ = [
    "SCHEDULE_SETTINGS",
    "CosineSettings",
    "NoScheduleSettings",
    "OneCycleSettings",
    "PlateauSettings",
    "SchedulerSettings",
    "StepSettings",
]


def _warmup(default: float) -> float:
    return declare_setting(
        default,
        N_("Warm-up"),
        N_("The fraction of the training during which the learning rate rises."),
        ge=0,
        lt=1,
        advanced=True,
    )


def _factor(default: float) -> float:
    return declare_setting(
        default, N_("Factor"), N_("By which the learning rate is multiplied each time it falls."), gt=0, lt=1
    )


class NoScheduleSettings(NamedSection, title=N_("Constant")):
    """The learning rate stays constant."""

    name: Literal["none"] = "none"
    warmup: float = _warmup(0.0)


class StepSettings(NamedSection, title=N_("Steps")):
    """The learning rate falls by a factor every few epochs."""

    name: Literal["step"] = "step"
    every: int = declare_setting(
        5,
        N_("Every"),
        N_("The number of epochs after which the learning rate falls."),
        unit=N_("epochs"),
        ge=1,
        le=10_000,
    )
    factor: float = _factor(0.5)
    warmup: float = _warmup(0.0)


class CosineSettings(NamedSection, title=N_("Cosine")):
    """The learning rate falls to nearly zero along half a cosine wave: slowly, then fast, then slowly again."""

    name: Literal["cosine"] = "cosine"
    warmup: float = _warmup(0.05)


class OneCycleSettings(NamedSection, title=N_("One cycle")):
    """The learning rate rises to its full value and then falls to nearly zero: fast training in few epochs."""

    name: Literal["one_cycle"] = "one_cycle"
    warmup: float = _warmup(0.25)


class PlateauSettings(NamedSection, title=N_("On a plateau")):
    """The learning rate falls by a factor whenever the validation loss has stopped falling."""

    name: Literal["plateau"] = "plateau"
    patience: int = declare_setting(
        2,
        N_("Patience"),
        N_("The number of epochs in a row without a lower validation loss after which the learning rate falls."),
        unit=N_("epochs"),
        ge=1,
        le=10_000,
    )
    factor: float = _factor(0.3)
    warmup: float = _warmup(0.0)


SchedulerSettings: TypeAlias = NoScheduleSettings | StepSettings | CosineSettings | OneCycleSettings | PlateauSettings
SCHEDULE_SETTINGS = get_sections(SchedulerSettings)
