"""The smallest picture that a network can take."""

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.problem import Problem

__all__ = ["at_least"]


def at_least(side: int, problem: Problem, network: str) -> tuple[int, int, int]:
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
