"""The registry entry of a network, and what several networks share: dropout (Srivastava et al., 2014) and a check of the image size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.settings import NamedSection, declare_setting
from nn_core.task import Goal, Kind, TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Model", "check_picture_size", "make_dropout_setting"]


def make_dropout_setting(default: float = 0.0, *, advanced: bool = False) -> float:
    """Declare the setting of dropout."""
    return declare_setting(
        default,
        "Dropout",
        "The fraction that is switched off.",
        term="dropout",
        ge=0,
        le=0.9,
        advanced=advanced,
    )


def check_picture_size(side: int, task: TaskSpec, network: str) -> tuple[int, int, int]:
    """Return (channels, height, width) of the images. Raises ConfigError if they are smaller than `side` × `side` pixels."""
    channels, height, width = task.shape
    if min(height, width) < side:
        raise ConfigError(
            _(
                "Network '{network}' needs pictures of at least {side} × {side} pixels, and these have {height} × {width}. "
                "Choose larger pictures, or mlp, which works with any size."
            ).format(network=network, side=side, height=height, width=width)
        )
    return channels, height, width


SettingsT = TypeVar("SettingsT", bound=NamedSection)


@dataclass(frozen=True)
class Model(Generic[SettingsT]):
    """A registered network.

    Attributes:
        settings: the section with its settings.
        build: takes these settings and the task, returns the network with new weights from torch's random numbers, or raises
            ConfigError if it cannot be built for the task.
        reads: the kinds of data that it is for.
        goal: a network that classifies returns logits [count, classes], or the value [count, 1] where the task is a regression. One that reconstructs returns pixels from 0 to 1, [count,
            *task.shape], and has the submodules `encoder` and `decoder`.
    """

    settings: type[SettingsT]
    build: Callable[[SettingsT, TaskSpec], nn.Module]
    reads: tuple[Kind, ...] = ("pictures",)
    goal: Goal = "classify"
