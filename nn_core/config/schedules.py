"""The declared settings of each learning rate schedule."""

from typing import Literal

from nn_core.i18n import N_
from nn_core.settings import Section, setting

__all__ = ["SCHEDULE_SETTINGS", "NoScheduleSettings", "OneCycleSettings"]


class NoScheduleSettings(Section, title=N_("Constant")):
    """The learning rate stays as it is."""

    name: Literal["none"] = "none"


class OneCycleSettings(Section, title=N_("One cycle")):
    """The learning rate rises to its full value, then falls to nearly zero: fast training in few epochs."""

    name: Literal["one_cycle"] = "one_cycle"
    warmup: float = setting(
        0.25,
        N_("Warm-up"),
        N_("The share of the training during which the learning rate rises."),
        ge=0,
        lt=1,
        advanced=True,
    )


SCHEDULE_SETTINGS: dict[str, type[Section]] = {"none": NoScheduleSettings, "one_cycle": OneCycleSettings}
