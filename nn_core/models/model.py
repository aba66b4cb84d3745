"""The registry's entry for a network, and settings that networks share: dropout (Srivastava et al., 2014) and the smallest input size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.settings import Section, declare_setting
from nn_core.task import Goal, Kind, TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Model", "check_picture_size", "make_dropout_setting"]


def make_dropout_setting(default: float = 0.0, *, advanced: bool = False) -> Any:
    return declare_setting(
        default,
        N_("Dropout"),
        N_("This share of the signals is switched off at random while training, against memorising."),
        ge=0,
        le=0.9,
        advanced=advanced,
    )


def check_picture_size(side: int, problem: TaskSpec, network: str) -> tuple[int, int, int]:
    """(channels, height, width) of the problem's pictures, or ConfigError where they are smaller than `side` pixels."""
    channels, height, width = problem.shape
    if min(height, width) < side:
        raise ConfigError(
            _(
                "Network '{network}' needs pictures of at least {side} × {side} pixels, and these have {height} × {width}. "
                "Choose larger pictures, or mlp, which takes any."
            ).format(network=network, side=side, height=height, width=width)
        )
    return channels, height, width


@dataclass(frozen=True)
class Model:
    """settings: its declared parameters; build(settings, problem): the network with fresh weights from torch's random
    numbers, or ConfigError where the two do not go together; reads: the kinds of data that it is made for.

    A network that classifies gives logits [count, classes]; one that reconstructs gives pixels from 0 to 1,
    [count, *problem.shape], and has `encoder` and `decoder`.
    """

    settings: type[Section]
    build: Callable[[Any, TaskSpec], nn.Module]
    reads: tuple[Kind, ...] = ("pictures",)
    goal: Goal = "classify"
