"""The declared settings of each optimizer."""

from typing import Any, Literal

from nn_core.i18n import N_
from nn_core.settings import Section, setting

__all__ = ["OPTIMIZER_SETTINGS", "AdamSettings", "AdamWSettings", "SGDSettings"]


def _learning_rate(default: float) -> Any:
    return setting(
        default,
        N_("Learning rate"),
        N_("How big a step each correction is. Too small learns slowly, too big never settles."),
        gt=0,
        le=100,
    )


def _weight_decay(default: float) -> Any:
    return setting(
        default,
        N_("Weight decay"),
        N_("Pulls all weights a little towards zero, which counters memorising."),
        ge=0,
        le=1,
        advanced=True,
    )


class SGDSettings(Section, title="SGD"):
    """Plain gradient descent: a small step downhill after every batch."""

    name: Literal["sgd"] = "sgd"
    lr: float = _learning_rate(0.01)
    momentum: float = setting(
        0.0, N_("Momentum"), N_("How much of the last step is carried into the next, like a rolling ball."), ge=0, lt=1
    )
    nesterov: bool = setting(
        False, N_("Nesterov"), N_("Look ahead along the momentum before each step; needs momentum."), advanced=True
    )
    weight_decay: float = _weight_decay(0.0)


class AdamSettings(Section, title="Adam"):
    """Adam gives every weight its own step size; it usually needs less tuning than SGD."""

    name: Literal["adam"] = "adam"
    lr: float = _learning_rate(0.001)
    weight_decay: float = _weight_decay(0.0)


class AdamWSettings(Section, title="AdamW"):
    """Adam with weight decay done apart from the step, today's usual choice."""

    name: Literal["adamw"] = "adamw"
    lr: float = _learning_rate(0.001)
    weight_decay: float = _weight_decay(0.01)


OPTIMIZER_SETTINGS: dict[str, type[Section]] = {"sgd": SGDSettings, "adam": AdamSettings, "adamw": AdamWSettings}
