"""Learning rate schedules: name → Schedule. A schedule multiplies the learning rate of each step by a factor."""

import math
from dataclasses import dataclass

from nn_core.settings import Section

__all__ = ["SCHEDULERS", "Schedule", "build_schedule"]

_START = 0.04  # share of the full learning rate at the start of a warm-up; the value of torch's OneCycleLR


@dataclass
class Schedule:
    """A constant learning rate, and the base class of the other schedules, whose fields have the names of their settings.

    The factor depends only on progress and epoch, and on the state that `get_state` returns.
    """

    warmup: float

    def get_factor(self, progress: float, epoch: int) -> float:
        """Return the factor, from 0 to 1.

        Args:
            progress: From 0 at the first step to 1 after the last.
            epoch: Number of completed epochs.
        """
        if progress < self.warmup:
            return self.get_main_factor(0.0, epoch) * (_START + (1 - _START) * progress / self.warmup)
        return self.get_main_factor((progress - self.warmup) / (1 - self.warmup), epoch)

    def get_main_factor(self, progress: float, epoch: int) -> float:
        """Return the factor after the warm-up. progress: from 0 at the end of the warm-up to 1."""
        return 1.0

    def record_loss(self, validation_loss: float) -> None:
        """Take the validation loss of an epoch that has ended into account."""

    def get_state(self) -> dict[str, float]:
        """Return what `restore` needs."""
        return {}

    def restore(self, state: dict[str, float]) -> None:
        pass


@dataclass
class _Steps(Schedule):
    every: int
    factor: float

    def get_main_factor(self, progress: float, epoch: int) -> float:
        return self.factor ** (epoch // self.every)


class _Cosine(Schedule):
    """Loshchilov and Hutter, 2016, without restarts."""

    def get_main_factor(self, progress: float, epoch: int) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


class _OneCycle(_Cosine):
    """Half a cosine up and half a cosine down (Smith and Topin, 2018, in the form of torch's OneCycleLR)."""

    def get_factor(self, progress: float, epoch: int) -> float:
        if progress < self.warmup:
            return _START + (1 - _START) * (1 - math.cos(math.pi * progress / self.warmup)) / 2
        return super().get_factor(progress, epoch)


@dataclass
class _Plateau(Schedule):
    """Multiplies the learning rate by `factor` when the validation loss has not improved for `patience` epochs."""

    patience: int
    factor: float
    best_loss: float = math.inf
    bad_epochs: int = 0
    current: float = 1.0

    def get_main_factor(self, progress: float, epoch: int) -> float:
        return self.current

    def record_loss(self, validation_loss: float) -> None:
        self.bad_epochs += 1
        if validation_loss < self.best_loss:
            self.best_loss, self.bad_epochs = validation_loss, 0
        elif self.bad_epochs >= self.patience:
            self.current, self.bad_epochs = self.current * self.factor, 0

    def get_state(self) -> dict[str, float]:
        return {"lowest": self.best_loss, "waited": self.bad_epochs, "reached": self.current}  # keys of a checkpoint

    def restore(self, state: dict[str, float]) -> None:
        self.best_loss, self.bad_epochs, self.current = state["lowest"], int(state["waited"]), state["reached"]


SCHEDULERS: dict[str, type[Schedule]] = {
    "none": Schedule,
    "step": _Steps,
    "cosine": _Cosine,
    "one_cycle": _OneCycle,
    "plateau": _Plateau,
}


def build_schedule(settings: Section) -> Schedule:
    arguments = settings.model_dump()
    return SCHEDULERS[arguments.pop("name")](**arguments)
