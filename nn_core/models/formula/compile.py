"""From tree to torch: a function made once of closures, in which a part that occurs twice is computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.models.formula.tree import ARITHMETIC, Node, find_repeated

__all__ = ["Function", "compile_formula"]

Function = Callable[[Tensor], Tensor]
Value = Tensor | float
Step = Callable[[list[Tensor]], Value]


def compile_formula(tree: Node) -> Function:
    """x of any shape → the tree's value. Slot 0 holds x, the others the parts that occur more than once."""
    slots: dict[Node, int] = {}
    steps = []
    for slot, part in enumerate(find_repeated(tree), start=1):
        steps.append(_step(part, slots))
        slots[part] = slot
    last = _step(tree, slots)

    def compute(x: Tensor) -> Tensor:
        known = [x]
        for step in steps:
            known.append(step(known))  # type: ignore[arg-type]
        value = last(known)
        # Neither x itself nor a bare number may leave: the first is the caller's, the second has no shape.
        return value.clone() if value is x else value if isinstance(value, Tensor) else torch.full_like(x, value)

    return compute


def _step(part: Node, slots: dict[Node, int]) -> Step:
    if part in slots:
        slot = slots[part]
        return lambda known: known[slot]
    if part.op == "x":
        return lambda known: known[0]
    if part.op == "number":
        number = part.number
        return lambda known: number
    args = [_step(arg, slots) for arg in part.args]
    if part.op == "where":
        left, right, then, other = args
        return lambda known: _where(known[0], left(known), right(known), then(known), other(known))
    function = _function(part.op)
    if len(args) == 1:
        (only,) = args
        return lambda known: function(only(known))
    first, second = args
    return lambda known: function(first(known), second(known))


def _function(op: str) -> Callable[..., Any]:
    """A number may only be the last argument of min and max: reading the formula puts it there."""
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
