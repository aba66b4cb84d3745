"""Learning rate schedules: name → builder of a function from progress (0 at the first step, 1 after the last) to a factor
on the learning rate. They keep no state, so a resumed or prolonged run needs none back."""

import math
from collections.abc import Callable
from typing import Any

from nn_core.config.schedules import NoScheduleSettings, OneCycleSettings

__all__ = ["SCHEDULERS", "Schedule", "build_schedule"]

Schedule = Callable[[float], float]
_START = 0.04  # of the full rate; the value of torch's OneCycleLR


def _none(_settings: NoScheduleSettings) -> Schedule:
    return lambda progress: 1.0


def _one_cycle(settings: OneCycleSettings) -> Schedule:
    """Half a cosine up and half a cosine down (Smith and Topin, 2018, in the form of torch's OneCycleLR)."""

    def factor(progress: float) -> float:
        if progress < settings.warmup:
            return _START + (1 - _START) * (1 - math.cos(math.pi * progress / settings.warmup)) / 2
        return (1 + math.cos(math.pi * (progress - settings.warmup) / (1 - settings.warmup))) / 2

    return factor


SCHEDULERS: dict[str, Callable[[Any], Schedule]] = {"none": _none, "one_cycle": _one_cycle}


def build_schedule(settings: Any) -> Schedule:
    return SCHEDULERS[settings.name](settings)
