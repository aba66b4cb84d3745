"""A function and its derivative, as torch computes them."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["gradient"]


def gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.clone().requires_grad_()
    y = function(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope
