"""Keeps torch from importing its compiler when an optimizer is made or takes its first step.

`torch.optim.Optimizer` guards its methods against torch.compile, and the first call of each guard imports
`torch._dynamo`: over two seconds of start-up on two cores that a run without torch.compile has no use for.
"""

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar

import torch
from torch.nn.parallel import DistributedDataParallel

__all__ = ["call_without_compiler", "get_plain_step", "skip_compiler_import"]

Made = TypeVar("Made")


def skip_compiler_import() -> None:
    """Before the first optimizer is made. Does nothing on a torch that has no such guards.

    A guard looks for a ready function under `__dynamo_disable`; giving it the plain method answers the question
    without the import.
    """
    for guarded in vars(torch.optim.Optimizer).values():
        plain = getattr(guarded, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)


def get_plain_step(optimizer: torch.optim.Optimizer) -> Callable[[], object]:
    """`optimizer.step` without its guard, which only switches gradients off, as this does."""
    step = inspect.unwrap(type(optimizer).step)

    @torch.no_grad()
    def take_step() -> object:
        return step(optimizer)

    return take_step


def call_without_compiler(make: Callable[[], Made]) -> Made:
    """What `make` builds around DistributedDataParallel, which asks the compiler for a setting that concerns it alone and
    guards its forward pass against it."""
    plain = inspect.unwrap(DistributedDataParallel._inside_ddp_forward)
    if not hasattr(plain, "__dynamo_disable"):
        setattr(plain, "__dynamo_disable", plain)
    if "_dynamo" in vars(torch):
        return make()
    answer = SimpleNamespace(get_optimize_ddp_mode=lambda: "no_optimization")
    vars(torch)["_dynamo"] = SimpleNamespace(utils=answer)
    try:
        return make()
    finally:
        del vars(torch)["_dynamo"]
