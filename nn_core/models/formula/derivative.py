"""The slope of a tree: handed to sympy node by node, and the answer turned back into a tree.

sympy is told of sigmoid, softplus and whatever has a kink as functions of our own, so that it keeps them whole: their slope is
never written as a ratio of exponentials, and no Dirac delta can appear. At a kink one side's slope counts: 0 for relu and abs,
the last argument's for min and max, where an argument without x counts as the last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from importlib import import_module
from typing import Any

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.formula.tree import ARITHMETIC, OPERATIONS, Node, X, describe_too_large, make_node, make_number

__all__ = ["derive"]

_MAX_NODES = 1500


class _Unwritable(Exception):
    """sympy's answer has something that a tree cannot have."""


@lru_cache(maxsize=256)
def derive(text: str, tree: Node) -> Node:
    """Raises ConfigError, which names the formula by its text, where none could be trained with."""
    x = _sympy().Symbol("x", real=True)
    try:
        slope = _from_sympy(_sympy().diff(_to_sympy(tree, x), x))
    except OverflowError:
        raise ConfigError(describe_too_large(text)) from None
    except _Unwritable:
        raise ConfigError(
            _("'{text}' has no derivative that could be trained with. Change the formula.").format(text=text)
        ) from None
    if sum(1 for _node in slope.walk()) > _MAX_NODES:
        raise ConfigError(
            _("The derivative of '{text}' is too long to train with. Shorten the formula.").format(text=text)
        )
    return slope


def _sympy() -> Any:
    """Takes a third of a second the first time; torch brings it along."""
    return import_module("sympy")


@lru_cache(maxsize=1)
def _own_functions() -> dict[str, Any]:
    """What sympy does not know or would differentiate into deltas and overflowing ratios, with its slope."""
    sympy = _sympy()
    real = type("Real", (sympy.Function,), {"is_real": True})

    def where(left: Any, right: Any, then: Any, other: Any) -> Any:
        return then if then == other else own["where"](left, right, then, other)

    slopes: dict[str, Callable[..., Any]] = {
        "sigmoid": lambda x, u: own["sigmoid"](u) * (1 - own["sigmoid"](u)) * u.diff(x),
        "softplus": lambda x, u: own["sigmoid"](u) * u.diff(x),
        "relu": lambda x, u: where(u, sympy.S.Zero, u.diff(x), sympy.S.Zero),
        "abs": lambda x, u: own["sign"](u) * u.diff(x),
        "sign": lambda x, u: sympy.S.Zero,
        "max": lambda x, a, b: where(a, b, a.diff(x), b.diff(x)),
        "min": lambda x, a, b: where(b, a, a.diff(x), b.diff(x)),
        "where": lambda x, a, b, then, other: where(a, b, then.diff(x), other.diff(x)),
    }
    own: dict[str, Any] = {}
    for name, slope in slopes.items():
        own[name] = type(name, (real,), {"_eval_derivative": lambda self, x, slope=slope: slope(x, *self.args)})
    return own


def _to_sympy(part: Node, x: Any) -> Any:
    sympy = _sympy()
    if part.op == "x":
        return x
    if part.op == "number":
        top, below = part.number.as_integer_ratio()
        # Exact where that stays small, so that x**2 becomes 2*x and sqrt is known as the power 1/2.
        return sympy.Rational(top, below) if abs(top) < 10**6 and below <= 64 else sympy.Float(part.number)
    args = [_to_sympy(arg, x) for arg in part.args]
    function = ARITHMETIC.get(part.op) or _own_functions().get(part.op) or getattr(sympy, part.op)
    return function(*args)


def _from_sympy(expression: Any) -> Node:
    if expression.is_Symbol:
        return X
    if expression.is_Rational or expression.is_Float or expression.is_NumberSymbol:
        return make_number(float(expression))
    if expression.is_Add:
        return _sum(expression.as_ordered_terms())
    if expression.is_Mul:
        return _product(expression.as_ordered_factors())
    if expression.is_Pow:
        base, exponent = expression.as_base_exp()
        if exponent.is_number and exponent.is_negative:
            return make_node("/", make_number(1), _from_sympy(base**-exponent))
        if exponent == 0.5:
            return make_node("sqrt", _from_sympy(base))
        return make_node("**", _from_sympy(base), _from_sympy(exponent))
    name = type(expression).__name__.lower()
    if name not in OPERATIONS:
        raise _Unwritable
    return make_node(name, *map(_from_sympy, expression.args))


def _sum(terms: list[Any]) -> Node:
    # A first term without minus saves a sign.
    terms = sorted(terms, key=lambda term: term.could_extract_minus_sign())
    total = _from_sympy(terms[0])
    for term in terms[1:]:
        falls = term.could_extract_minus_sign() and (term.is_Mul or term.is_Number)
        total = make_node("-" if falls else "+", total, _from_sympy(-term if falls else term))
    return total


def _product(factors: list[Any]) -> Node:
    """coefficient * above / below, all numbers in the coefficient."""
    coefficient = 1.0
    above: list[Node] = []
    below: list[Node] = []
    for factor in factors:
        divides = factor.is_Pow and factor.exp.is_number and factor.exp.is_negative
        part = _from_sympy(factor.base**-factor.exp if divides else factor)
        if part.op == "number":
            coefficient = OPERATIONS["/" if divides else "*"](coefficient, part.number)
        else:
            (below if divides else above).append(part)
    size = make_number(abs(coefficient))
    product = _times([size, *above] if size.number != 1 or not above else above)
    if below:
        product = make_node("/", product, _times(below))
    return make_node("neg", product) if coefficient < 0 else product


def _times(parts: list[Node]) -> Node:
    return reduce(lambda product, part: make_node("*", product, part), parts)
