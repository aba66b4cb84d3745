"""Generates Python code for the layer of a formula; the code needs only torch."""

from __future__ import annotations

import re
from textwrap import indent
from zlib import crc32

from nn_core.models.formula.formula import Formula
from nn_core.models.formula.parse import format_formula
from nn_core.models.formula.tree import Node, find_repeated

__all__ = ["generate_layer_code"]

_CLASS = '''\
class {name}(nn.Module):
    """{formula}, for x of any shape."""

    def forward(self, x):
        return self.Function.apply(x, self)

{methods}

    class Function(torch.autograd.Function):
        """Stores only x for the backward pass, which computes the slope from it."""

        @staticmethod
        def forward(ctx, x, layer):
            ctx.save_for_backward(x)
            ctx.layer = layer
            wide = x.to(torch.promote_types(x.dtype, torch.float32))
            return layer.value(wide).to(x.dtype)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            wide = x.to(torch.promote_types(x.dtype, torch.float32))
            return (grad * ctx.layer.slope(wide)).to(x.dtype), None
'''


def generate_layer_code(formula: Formula, limits: dict[str, float]) -> tuple[str, str]:
    """Return a class and the expression that creates the layer. Beyond the limits (`min`, `max`), the function is linear."""
    value, slope = _make_body(formula.tree), _make_body(formula.derivative().tree)
    if limits:
        clamp = f"x.clamp({', '.join(f'{name}={limit}' for name, limit in limits.items())})"
        linear = [
            f"inside = {clamp}  # beyond, float32 overflows, and the function continues linearly",
            "return self.inside(inside) + self.slope(inside) * (x - inside)",
        ]
        methods = [
            _make_method("value", linear),
            _make_method("inside", value),
            _make_method("slope", [f"x = {clamp}", *slope]),
        ]
    else:
        methods = [_make_method("value", value), _make_method("slope", slope)]
    name = _make_class_name(formula.text)
    return _CLASS.format(name=name, formula=formula.text, methods="\n\n".join(methods)), f"{name}()"


def _make_class_name(text: str) -> str:
    """Return a readable and unique name, because a network may have several formulas."""
    words = "".join(word.capitalize() for word in re.findall("[A-Za-z]+|[0-9]+", text))
    return f"Formula{words[:24]}_{crc32(text.encode()):08x}"


def _make_method(name: str, body: list[str]) -> str:
    return indent("\n".join([f"def {name}(self, x):", *(f"    {line}" for line in body)]), "    ")


def _make_body(tree: Node) -> list[str]:
    names: dict[Node, str] = {}
    lines = []
    for number, node in enumerate(find_repeated(tree), start=1):
        lines.append(f"part{number} = {_format_torch(node, names)}")
        names[node] = f"part{number}"
    value = _format_torch(tree, names)
    if tree.op == "number":
        value = f"torch.full_like(x, {value})"
    elif tree.op == "x":
        value = "x.clone()"
    return [*lines, f"return {value}"]


def _format_torch(tree: Node, names: dict[Node, str]) -> str:
    return format_formula(tree, _format_call, _format_decimal, names, spaced=True)


def _format_call(node: Node, args: list[str]) -> str:
    last_is_number = node.args[-1].op == "number"
    match node.op, args:
        case "where", [left, right, "1", "0"]:
            return f"({left} > {right}).to(x.dtype)"
        case "where", [left, right, then, other]:
            if last_is_number and node.args[2].op == "number":
                then = f"torch.full_like(x, {then})"
            return f"torch.where({left} > {right}, {then}, {other})"
        case ("min" | "max") as op, [a, b]:
            if last_is_number:
                return f"torch.clamp({a}, {'max' if op == 'min' else 'min'}={b})"
            return f"torch.{op}imum({a}, {b})"
        case "softplus", [u]:
            return f"F.softplus({u})"
    return f"torch.{node.op}({args[0]})"


def _format_decimal(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e6 else repr(number)
