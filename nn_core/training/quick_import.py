"""Keeps torch from importing its compiler when an optimizer is made.

`torch.optim.Optimizer` guards a few methods against torch.compile, and the first call of each imports `torch._dynamo`:
2.2 s of start-up on two cores that a run without torch.compile has no use for. The guard looks for a ready function
under `__dynamo_disable`; giving it the plain method answers the question without the import.
"""

import torch

__all__ = ["skip_compiler_import"]


def skip_compiler_import() -> None:
    """Does nothing on a torch that has no such guards."""
    for guarded in vars(torch.optim.Optimizer).values():
        plain = getattr(guarded, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)
