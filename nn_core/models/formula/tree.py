"""The tree of a formula: `Node`, and the operations, computed with `math` and floating-point rules.

`make_node` computes constants, and replaces a few patterns that overflow in float32 at |x| = 89 although their values are moderate:
log(1+exp(u)) becomes softplus(u) and a/(1+exp(u)) becomes a*sigmoid(-u).
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
    """An operation with its arguments.

    Attributes:
        op: "x", "number" or a key of OPERATIONS.
        args: the arguments.
        number: the value, if `op` is "number".
    """

    op: str
    args: tuple[Node, ...] = ()
    number: float = 0.0

    def walk(self) -> Iterator[Node]:
        """Yield this node and all nodes below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def at(self, x: float) -> float:
        """Return the value at x: infinite on overflow, NaN if there is no real value."""
        if self.op == "x":
            return x
        if self.op == "number":
            return self.number
        return OPERATIONS[self.op](*[arg.at(x) for arg in self.args])


X = Node("x")


def make_number(value: float) -> Node:
    """Make the node of a number. Raises OverflowError beyond ±_MAX_NUMBER and for NaN."""
    if not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise OverflowError
    return Node("number", number=float(value))


def make_node(op: str, *args: Node) -> Node:
    """Make the node of an operation. Raises OverflowError, and ConfigError for an exponent that is too large."""
    if op == "**" and args[1].op == "number":
        # Powers of powers multiply, and sympy would compute numbers in them exactly, with up to a million digits.
        for exponent in (args[1].number, args[1].number * _find_highest_power(args[0])):
            if abs(exponent) > _MAX_EXPONENT:
                raise ConfigError(
                    _("The exponent {exponent:g} in the formula is too large. Use one from -{most} to {most}.").format(
                        exponent=exponent, most=_MAX_EXPONENT
                    )
                )
    if all(arg.op == "number" for arg in args):
        return make_number(OPERATIONS[op](*[arg.number for arg in args]))
    match op, args:
        case "neg", (Node("neg", (inner,)),):
            return inner
        case "**", (Node("number", number=math.e), argument):
            return Node("exp", (argument,))
        case "log", (inner,) if power := _match_one_plus_exp(inner):
            return Node("softplus", (power,))
        case "/", (numerator, denominator) if power := _match_one_plus_exp(denominator):
            if numerator == Node("exp", (power,)):
                return Node("sigmoid", (power,))
            sigmoid = Node("sigmoid", (make_node("neg", power),))
            return sigmoid if numerator == Node("number", number=1.0) else Node("*", (numerator, sigmoid))
        case "where", (Node("number", number=left), Node("number", number=right), then, other):
            return then if left > right else other
        case (("min" | "max"), (Node("number"), second)):
            return Node(op, (second, args[0]))
    return Node(op, args)


def _find_highest_power(node: Node) -> float:
    """Return the highest power in a product."""
    if node.op == "**" and node.args[1].op == "number":
        return max(1.0, abs(node.args[1].number)) * _find_highest_power(node.args[0])
    if node.op in ("*", "/", "neg", "sqrt"):
        return max(map(_find_highest_power, node.args))
    return 1.0


def _match_one_plus_exp(node: Node) -> Node | None:
    """Return u if the node is 1+exp(u)."""
    match node:
        case Node(
            "+", (Node("number", number=1.0), Node("exp", (u,))) | (Node("exp", (u,)), Node("number", number=1.0))
        ):
            return u
    return None


def describe_too_large(text: str) -> str:
    """Return the error text for a formula with a number beyond the limits."""
    return _("'{text}' contains a number that is too large or not real. Keep all numbers within ±{most:g}.").format(
        text=text, most=_MAX_NUMBER
    )


def find_repeated(tree: Node) -> list[Node]:
    """Return the subtrees that occur more than once, inner ones first."""
    counts: dict[Node, int] = {}
    order: list[Node] = []

    def visit(node: Node) -> None:
        counts[node] = counts.get(node, 0) + 1
        if counts[node] == 1:
            for arg in node.args:
                visit(arg)
            order.append(node)

    visit(tree)
    return [node for node in order if counts[node] > 1 and node.args]


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


def _suppress_errors(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return infinity with the argument's sign on overflow (exp, sinh), and NaN for an invalid argument."""

    def compute(u: float) -> float:
        try:
            return function(u)
        except OverflowError:
            return math.copysign(math.inf, u)
        except ValueError:
            return math.nan

    return compute


def _propagate_nan(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """Return NaN if an argument is NaN, as torch does."""
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else function(a, b)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}
"""The operators, for numbers, tensors and sympy expressions; `operator` declares them for Any."""
OPERATIONS: dict[str, Callable[..., float]] = {
    **ARITHMETIC,
    "/": _divide,
    "**": _power,
    "where": lambda left, right, then, other: then if left > right else other,
    "exp": _suppress_errors(math.exp),
    "log": _log,
    "sqrt": _suppress_errors(math.sqrt),
    "abs": abs,
    "sin": _suppress_errors(math.sin),
    "cos": _suppress_errors(math.cos),
    "tan": _suppress_errors(math.tan),
    "tanh": math.tanh,
    "sinh": _suppress_errors(math.sinh),
    "cosh": lambda u: _suppress_errors(math.cosh)(abs(u)),
    "sigmoid": _sigmoid,
    "relu": lambda u: max(u, 0.0),
    "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "sign": lambda u: u if math.isnan(u) else float((u > 0) - (u < 0)),
    "atan": math.atan,
    "erf": math.erf,
    "min": _propagate_nan(min),
    "max": _propagate_nan(max),
}
FUNCTIONS: dict[str, int] = {
    name: 2 if name in ("min", "max") else 1 for name in OPERATIONS if name.isalpha() and name not in ("neg", "where")
}
"""The functions of a formula, with their numbers of arguments."""
