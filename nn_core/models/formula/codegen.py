"""The layer of a formula as Python that needs torch alone."""

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
        """Keeps x alone for the way back, where the slope is computed from it."""

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
    """A class, and the expression that makes the layer. Beyond the limits (`min`, `max`) the function goes on straight."""
    value, slope = _body(formula.tree), _body(formula.derivative().tree)
    if limits:
        clamp = f"x.clamp({', '.join(f'{name}={limit}' for name, limit in limits.items())})"
        straight = [
            f"inside = {clamp}  # beyond, float32 overflows, and the function goes on straight",
            "return self.inside(inside) + self.slope(inside) * (x - inside)",
        ]
        methods = [_method("value", straight), _method("inside", value), _method("slope", [f"x = {clamp}", *slope])]
    else:
        methods = [_method("value", value), _method("slope", slope)]
    name = _class_name(formula.text)
    return _CLASS.format(name=name, formula=formula.text, methods="\n\n".join(methods)), f"{name}()"


def _class_name(text: str) -> str:
    """One can tell the formula by its first words, and what has the same words by the number: a network may have several."""
    words = "".join(word.capitalize() for word in re.findall("[A-Za-z]+|[0-9]+", text))
    return f"Formula{words[:24]}_{crc32(text.encode()):08x}"


def _method(name: str, body: list[str]) -> str:
    return indent("\n".join([f"def {name}(self, x):", *(f"    {line}" for line in body)]), "    ")


def _body(tree: Node) -> list[str]:
    names: dict[Node, str] = {}
    lines = []
    for number, part in enumerate(find_repeated(tree), start=1):
        lines.append(f"part{number} = {_torch_text(part, names)}")
        names[part] = f"part{number}"
    value = _torch_text(tree, names)
    if tree.op == "number":
        value = f"torch.full_like(x, {value})"
    elif tree.op == "x":
        value = "x.clone()"
    return [*lines, f"return {value}"]


def _torch_text(tree: Node, names: dict[Node, str]) -> str:
    return format_formula(tree, _call_text, _number_text, names, spaced=True)


def _call_text(part: Node, args: list[str]) -> str:
    last_is_number = part.args[-1].op == "number"
    match part.op, args:
        case "where", [left, right, "1", "0"]:
            return f"({left} > {right}).to(x.dtype)"
        case "where", [left, right, then, other]:
            if last_is_number and part.args[2].op == "number":
                then = f"torch.full_like(x, {then})"
            return f"torch.where({left} > {right}, {then}, {other})"
        case ("min" | "max") as op, [a, b]:
            if last_is_number:
                return f"torch.clamp({a}, {'max' if op == 'min' else 'min'}={b})"
            return f"torch.{op}imum({a}, {b})"
        case "softplus", [u]:
            return f"F.softplus({u})"
    return f"torch.{part.op}({args[0]})"


def _number_text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e6 else repr(number)
