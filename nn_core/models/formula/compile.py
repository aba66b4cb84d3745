"""Compiles a tree to a function of torch operations. A subtree that occurs more than once is computed once."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.models.formula.tree import ARITHMETIC, Node, find_repeated

__all__ = ["Function", "compile_formula"]

Function = Callable[[Tensor], Tensor]
Value = Tensor | float
Step = Callable[[list[Tensor]], Value]


def compile_formula(tree: Node) -> Function:
    """Return a function of x, a tensor of any shape. Slot 0 is x; the other slots are the repeated subtrees."""
    slots: dict[Node, int] = {}
    steps = []
    for slot, node in enumerate(find_repeated(tree), start=1):
        steps.append(_make_step(node, slots))
        slots[node] = slot
    last = _make_step(tree, slots)

    def compute(x: Tensor) -> Tensor:
        values = [x]
        for step in steps:
            values.append(step(values))  # type: ignore[arg-type]
        value = last(values)
        # The result must be a new tensor, neither x itself nor a number.
        return value.clone() if value is x else value if isinstance(value, Tensor) else torch.full_like(x, value)

    return compute


def _make_step(node: Node, slots: dict[Node, int]) -> Step:
    if node in slots:
        slot = slots[node]
        return lambda values: values[slot]
    if node.op == "x":
        return lambda values: values[0]
    if node.op == "number":
        number = node.number
        return lambda values: number
    args = [_make_step(arg, slots) for arg in node.args]
    if node.op == "where":
        left, right, then, other = args
        return lambda values: _where(values[0], left(values), right(values), then(values), other(values))
    function = _get_function(node.op)
    if len(args) == 1:
        (only,) = args
        return lambda values: function(only(values))
    first, second = args
    return lambda values: function(first(values), second(values))


def _get_function(op: str) -> Callable[..., Tensor]:
    """Return the torch function. Of min and max, only the last argument can be a number; `make_node` puts it there."""
    match op:
        case "min":
            return lambda a, b: torch.minimum(a, b) if isinstance(b, Tensor) else a.clamp(max=b)
        case "max":
            return lambda a, b: torch.maximum(a, b) if isinstance(b, Tensor) else a.clamp(min=b)
        case "softplus":
            return F.softplus
    return ARITHMETIC.get(op) or getattr(torch, op)


def _where(x: Tensor, left: Value, right: Value, then: Value, other: Value) -> Tensor:
    if isinstance(then, float) and isinstance(other, float):
        if then == 1 and other == 0:
            return (left > right).to(x.dtype)  # type: ignore[union-attr]
        then = torch.full_like(x, then)
    return torch.where(left > right, then, other)  # type: ignore[arg-type]
