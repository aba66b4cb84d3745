"""What the registry knows of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nn_core.problem import Goal, Kind, Problem
from nn_core.settings import Section

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """settings: its declared parameters; build(settings, problem): the network with fresh weights from torch's random
    numbers, or ConfigError where the two do not go together; reads: the kinds of data that it is made for.

    A network that classifies gives logits [count, classes]; one that reconstructs gives pixels from 0 to 1,
    [count, *problem.shape], and has `encoder` and `decoder`.
    """

    settings: type[Section]
    build: Callable[[Any, Problem], nn.Module]
    reads: tuple[Kind, ...] = ("pictures",)
    goal: Goal = "classify"
