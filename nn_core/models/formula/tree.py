"""The tree of a formula: `Node`, and the operations, computed by numpy in float64.

`make_node` computes constants, and replaces a few patterns that overflow in float32 at |x| = 89 although their values are moderate:
log(1+exp(u)) becomes softplus(u) and a/(1+exp(u)) becomes a*sigmoid(-u).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nn_core.errors import ConfigError
from nn_core.i18n import _

__all__ = [
    "ARITHMETIC",
    "FUNCTIONS",
    "OPERATIONS",
    "Node",
    "Values",
    "X",
    "describe_too_large",
    "find_repeated",
    "make_node",
    "make_number",
]

Values: TypeAlias = NDArray[np.float64]

_MAX_NUMBER = 1e30
_MAX_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Node:
    """An operation with its arguments.

    Attributes:
        op: the name of a variable ("x", or "x1" and "x2" in the plane), "number" or a key of OPERATIONS.
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
        return float(self.at_all(np.array([x]))[0])

    def at_all(self, xs: Values) -> Values:
        """Return the values at all xs."""
        return self.compute({"x": xs}, xs.shape)

    def compute(self, variables: Mapping[str, Values], shape: tuple[int, ...]) -> Values:
        """Return the values for arrays of this shape, one for each variable by its name."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(self._compute(variables), shape)

    def _compute(self, variables: Mapping[str, Values]) -> Values:
        if self.op in variables:
            return variables[self.op]
        if self.op == "number":
            return np.array(self.number)
        return OPERATIONS[self.op](*[arg._compute(variables) for arg in self.args])


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
        return make_number(Node(op, args).at(0.0))
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


def _where(left: Values, right: Values, then: Values, other: Values) -> Values:
    return np.where(left > right, then, other)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}
"""The operators, for numbers, tensors and sympy expressions; `operator` declares them for Any."""
OPERATIONS: dict[str, Callable[..., Values]] = {
    **ARITHMETIC,
    "/": np.divide,
    "**": np.power,
    "where": _where,
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "abs", "sin", "cos", "tan", "tanh", "sinh", "cosh")},
    "sigmoid": lambda u: np.exp(-np.logaddexp(0.0, -u)),
    "relu": lambda u: np.maximum(u, 0.0),
    "softplus": lambda u: np.logaddexp(0.0, u),
    "sign": np.sign,
    "atan": np.arctan,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "min": np.minimum,
    "max": np.maximum,
}
FUNCTIONS: dict[str, int] = {
    name: 2 if name in ("min", "max") else 1 for name in OPERATIONS if name.isalpha() and name not in ("neg", "where")
}
"""The functions of a formula, with their numbers of arguments."""
