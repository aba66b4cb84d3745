"""Learning rate schedules: name → Schedule. Built of its settings, it gives a factor on the learning rate for each step."""

import math
from typing import Any

__all__ = ["SCHEDULERS", "Schedule", "build_schedule"]

_START = 0.04  # of the full rate, where a warm-up begins; the value of torch's OneCycleLR


class Schedule:
    """The constant one; the others say what is different.

    What they do depends on the progress and the epoch alone, except for what they note, which `state` gives out.
    """

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def factor(self, progress: float, epoch: int) -> float:
        """From 0 to 1. progress: from 0 at the first step to 1 after the last; epoch: completed ones."""
        warmup: float = self.settings.warmup
        if progress < warmup:
            return self.after_warmup(0.0, epoch) * (_START + (1 - _START) * progress / warmup)
        return self.after_warmup((progress - warmup) / (1 - warmup), epoch)

    def after_warmup(self, progress: float, epoch: int) -> float:
        """progress: from 0 at the end of the warm-up to 1."""
        return 1.0

    def note(self, validation_loss: float) -> None:
        """An epoch ended."""

    def state(self) -> dict[str, float]:
        """What was noted, for `restore`."""
        return {}

    def restore(self, state: dict[str, float]) -> None:
        pass


class _Steps(Schedule):
    def after_warmup(self, progress: float, epoch: int) -> float:
        factor: float = self.settings.factor ** (epoch // self.settings.every)
        return factor


class _Cosine(Schedule):
    """Loshchilov and Hutter, 2016, without restarts."""

    def after_warmup(self, progress: float, epoch: int) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


class _OneCycle(_Cosine):
    """Half a cosine up and half a cosine down (Smith and Topin, 2018, in the form of torch's OneCycleLR)."""

    def factor(self, progress: float, epoch: int) -> float:
        warmup: float = self.settings.warmup
        if progress < warmup:
            return _START + (1 - _START) * (1 - math.cos(math.pi * progress / warmup)) / 2
        return super().factor(progress, epoch)


class _Plateau(Schedule):
    """Falls whenever `patience` epochs in a row brought no lower validation loss than the lowest before."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.lowest = math.inf
        self.waited = 0
        self.reached = 1.0

    def after_warmup(self, progress: float, epoch: int) -> float:
        return self.reached

    def note(self, validation_loss: float) -> None:
        self.waited += 1
        if validation_loss < self.lowest:
            self.lowest, self.waited = validation_loss, 0
        elif self.waited >= self.settings.patience:
            self.reached, self.waited = self.reached * self.settings.factor, 0

    def state(self) -> dict[str, float]:
        return {"lowest": self.lowest, "waited": self.waited, "reached": self.reached}

    def restore(self, state: dict[str, float]) -> None:
        self.lowest, self.waited, self.reached = state["lowest"], int(state["waited"]), state["reached"]


SCHEDULERS: dict[str, type[Schedule]] = {
    "none": Schedule,
    "step": _Steps,
    "cosine": _Cosine,
    "one_cycle": _OneCycle,
    "plateau": _Plateau,
}


def build_schedule(settings: Any) -> Schedule:
    return SCHEDULERS[settings.name](settings)
