"""Keeps torch from importing its compiler when an optimizer is created or takes its first step.

`torch.optim.Optimizer` guards its methods against torch.compile, and the first call of each guard imports
`torch._dynamo`. That takes over two seconds on two cores, and a run without torch.compile does not need it.
"""

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar

import torch
from torch.nn.parallel import DistributedDataParallel

__all__ = ["call_without_compiler", "get_plain_step", "skip_compiler_import"]

T = TypeVar("T")


def skip_compiler_import() -> None:
    """Disable the guards. Call this before the first optimizer is created.

    A guard looks for a cached function under `__dynamo_disable`. It finds the unguarded method there and skips the import. On
    a torch version without such guards, this does nothing.
    """
    for method in vars(torch.optim.Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)


def get_plain_step(optimizer: torch.optim.Optimizer) -> Callable[[], object]:
    """Return `optimizer.step` without its guard. The guard only disables gradients, and this function does so too."""
    step = inspect.unwrap(type(optimizer).step)

    @torch.no_grad()
    def run_step() -> object:
        return step(optimizer)

    return run_step


def call_without_compiler(build: Callable[[], T]) -> T:
    """Call a function that wraps a module in DistributedDataParallel, without importing the compiler.

    DistributedDataParallel reads a setting of the compiler and guards its forward pass against it.
    """
    plain = inspect.unwrap(DistributedDataParallel._inside_ddp_forward)
    if not hasattr(plain, "__dynamo_disable"):
        setattr(plain, "__dynamo_disable", plain)
    if "_dynamo" in vars(torch):
        return build()
    utils = SimpleNamespace(get_optimize_ddp_mode=lambda: "no_optimization")
    vars(torch)["_dynamo"] = SimpleNamespace(utils=utils)
    try:
        return build()
    finally:
        del vars(torch)["_dynamo"]
