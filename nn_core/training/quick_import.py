"""Keeps torch from importing its compiler when an optimizer is made or takes its first step.

`torch.optim.Optimizer` guards its methods against torch.compile, and the first call of each guard imports
`torch._dynamo`: over two seconds of start-up on two cores that a run without torch.compile has no use for.
"""

import inspect
from collections.abc import Callable

import torch

__all__ = ["plain_step", "skip_compiler_import"]


def skip_compiler_import() -> None:
    """Before the first optimizer is made. Does nothing on a torch that has no such guards.

    A guard looks for a ready function under `__dynamo_disable`; giving it the plain method answers the question
    without the import.
    """
    for guarded in vars(torch.optim.Optimizer).values():
        plain = getattr(guarded, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)


def plain_step(optimizer: torch.optim.Optimizer) -> Callable[[], object]:
    """`optimizer.step` without its guard, which only switches gradients off, as this does."""
    step = inspect.unwrap(type(optimizer).step)

    @torch.no_grad()
    def take_step() -> object:
        return step(optimizer)

    return take_step
