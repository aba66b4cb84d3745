"""What a formula is made of: `Node`, and what each computes by the rules of floating point, with `math`.

`node` works out constants, and replaces a few shapes, because float32 overflows in them at |x| = 89 although their value is
harmless: log(1+exp(u)) becomes softplus(u) and a/(1+exp(u)) becomes a*sigmoid(-u).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nn_core.errors import ConfigError
from nn_core.i18n import _

__all__ = [
    "ARITHMETIC",
    "FUNCTIONS",
    "OPERATIONS",
    "Node",
    "X",
    "describe_too_large",
    "find_repeated",
    "make_node",
    "make_number",
]

_MAX_NUMBER = 1e30
_MAX_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Node:
    """op: "x", "number" or a key of OPERATIONS; args: what it is applied to."""

    op: str
    args: tuple[Node, ...] = ()
    number: float = 0.0

    def walk(self) -> Iterator[Node]:
        yield self
        for arg in self.args:
            yield from arg.walk()

    def at(self, x: float) -> float:
        """The value at x: infinite on overflow, NaN where no real number is."""
        if self.op == "x":
            return x
        if self.op == "number":
            return self.number
        return OPERATIONS[self.op](*[arg.at(x) for arg in self.args])


X = Node("x")


def make_number(value: float) -> Node:
    """Raises OverflowError beyond ±_MAX_NUMBER and for NaN."""
    if not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise OverflowError
    return Node("number", number=float(value))


def make_node(op: str, *args: Node) -> Node:
    """op applied to args. Raises OverflowError, and ConfigError for an exponent that is too large."""
    if op == "**" and args[1].op == "number":
        # Powers of powers multiply, and sympy works the numbers in them out, to the last of a million digits.
        for raised in (args[1].number, args[1].number * _highest_power(args[0])):
            if abs(raised) > _MAX_EXPONENT:
                raise ConfigError(
                    _("The exponent {exponent:g} in the formula is too large. Use one from -{most} to {most}.").format(
                        exponent=raised, most=_MAX_EXPONENT
                    )
                )
    if all(arg.op == "number" for arg in args):
        return make_number(OPERATIONS[op](*[arg.number for arg in args]))
    match op, args:
        case "neg", (Node("neg", (inner,)),):
            return inner
        case "**", (Node("number", number=math.e), exponent):
            return Node("exp", (exponent,))
        case "log", (inner,) if power := _one_plus_exp(inner):
            return Node("softplus", (power,))
        case "/", (top, below) if power := _one_plus_exp(below):
            if top == Node("exp", (power,)):
                return Node("sigmoid", (power,))
            falling = Node("sigmoid", (make_node("neg", power),))
            return falling if top == Node("number", number=1.0) else Node("*", (top, falling))
        case "where", (Node("number", number=left), Node("number", number=right), then, other):
            return then if left > right else other
        case (("min" | "max"), (Node("number"), second)):
            return Node(op, (second, args[0]))
    return Node(op, args)


def _highest_power(part: Node) -> float:
    """To which power something in a product is raised already."""
    if part.op == "**" and part.args[1].op == "number":
        return max(1.0, abs(part.args[1].number)) * _highest_power(part.args[0])
    if part.op in ("*", "/", "neg", "sqrt"):
        return max(map(_highest_power, part.args))
    return 1.0


def _one_plus_exp(part: Node) -> Node | None:
    """u, if the part is 1+exp(u)."""
    match part:
        case Node(
            "+",
            (Node("number", number=1.0), Node("exp", (u,))) | (Node("exp", (u,)), Node("number", number=1.0)),
        ):
            return u
    return None


def describe_too_large(text: str) -> str:
    return _("'{text}' holds a number that is too large or not real. Keep all of them within ±{most:g}.").format(
        text=text, most=_MAX_NUMBER
    )


def find_repeated(tree: Node) -> list[Node]:
    """The parts that occur more than once, inner ones first."""
    seen: dict[Node, int] = {}
    order: list[Node] = []

    def visit(part: Node) -> None:
        seen[part] = seen.get(part, 0) + 1
        if seen[part] == 1:
            for arg in part.args:
                visit(arg)
            order.append(part)

    visit(tree)
    return [part for part in order if seen[part] > 1 and part.args]


# What a node computes


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _log(u: float) -> float:
    return math.log(u) if u > 0 else -math.inf if u == 0 else math.nan


def _sigmoid(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else math.exp(u) / (1 + math.exp(u)) if u < 0 else math.nan


def _quiet(function: Callable[[float], float]) -> Callable[[float], float]:
    """Infinite with the argument's sign on overflow (exp, sinh), NaN where the argument is not allowed."""

    def calm(u: float) -> float:
        try:
            return function(u)
        except OverflowError:
            return math.copysign(math.inf, u)
        except ValueError:
            return math.nan

    return calm


def _or_nan(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """NaN goes through, as it does in torch."""
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else function(a, b)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}
"""Of whatever has Python's operators: tensors and sympy's expressions."""
OPERATIONS: dict[str, Callable[..., float]] = {
    **ARITHMETIC,
    "/": _divide,
    "**": _power,
    "where": lambda left, right, then, other: then if left > right else other,
    "exp": _quiet(math.exp),
    "log": _log,
    "sqrt": _quiet(math.sqrt),
    "abs": abs,
    "sin": _quiet(math.sin),
    "cos": _quiet(math.cos),
    "tan": _quiet(math.tan),
    "tanh": math.tanh,
    "sinh": _quiet(math.sinh),
    "cosh": lambda u: _quiet(math.cosh)(abs(u)),
    "sigmoid": _sigmoid,
    "relu": lambda u: max(u, 0.0),
    "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "sign": lambda u: u if math.isnan(u) else float((u > 0) - (u < 0)),
    "atan": math.atan,
    "erf": math.erf,
    "min": _or_nan(min),
    "max": _or_nan(max),
}
FUNCTIONS: dict[str, int] = {
    name: 2 if name in ("min", "max") else 1 for name in OPERATIONS if name.isalpha() and name not in ("neg", "where")
}
"""What may be called in a formula, and with how many arguments."""
