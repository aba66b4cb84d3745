"""The derivative of a tree: the tree is converted to a sympy expression, differentiated and converted back.

For sympy, sigmoid, softplus and functions with a kink are custom functions, so that it does not expand them: their derivatives are
never ratios of exponentials, and no Dirac deltas appear. At a kink, the derivative is that of one side: 0 for relu and abs, that of
the last argument for min and max, where an argument without x counts as the last.
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

Expression = Any  # a sympy expression; sympy has no type annotations


class _UnsupportedExpression(Exception):
    """sympy's result cannot be converted to a tree."""


@lru_cache(maxsize=256)
def derive(text: str, tree: Node) -> Node:
    """Differentiate the formula `text`, which has this tree.

    Raises:
        ConfigError: there is no derivative that a network can be trained with.
    """
    sympy = import_module("sympy")  # takes a third of a second; torch depends on it
    x = sympy.Symbol("x", real=True)
    try:
        slope = _from_sympy(sympy.diff(_to_sympy(tree, x), x))
    except OverflowError:
        raise ConfigError(describe_too_large(text)) from None
    except _UnsupportedExpression:
        raise ConfigError(
            _("'{text}' has no derivative that a network can be trained with. Change the formula.").format(text=text)
        ) from None
    if sum(1 for _node in slope.walk()) > _MAX_NODES:
        raise ConfigError(
            _("The derivative of '{text}' is too long to train with. Shorten the formula.").format(text=text)
        )
    return slope


@lru_cache(maxsize=1)
def _make_custom_functions() -> dict[str, Expression]:
    """Define functions that sympy does not know, or whose derivatives would have deltas or overflowing ratios."""
    sympy = import_module("sympy")
    real = type("Real", (sympy.Function,), {"is_real": True})

    def where(left: Expression, right: Expression, then: Expression, other: Expression) -> Expression:
        return then if then == other else functions["where"](left, right, then, other)

    slopes: dict[str, Callable[..., Expression]] = {
        "sigmoid": lambda x, u: functions["sigmoid"](u) * (1 - functions["sigmoid"](u)) * u.diff(x),
        "softplus": lambda x, u: functions["sigmoid"](u) * u.diff(x),
        "relu": lambda x, u: where(u, sympy.S.Zero, u.diff(x), sympy.S.Zero),
        "abs": lambda x, u: functions["sign"](u) * u.diff(x),
        "sign": lambda x, u: sympy.S.Zero,
        "max": lambda x, a, b: where(a, b, a.diff(x), b.diff(x)),
        "min": lambda x, a, b: where(b, a, a.diff(x), b.diff(x)),
        "where": lambda x, a, b, then, other: where(a, b, then.diff(x), other.diff(x)),
    }
    functions: dict[str, Expression] = {}
    for name, slope in slopes.items():
        functions[name] = type(name, (real,), {"_eval_derivative": lambda self, x, slope=slope: slope(x, *self.args)})
    return functions


def _to_sympy(node: Node, x: Expression) -> Expression:
    sympy = import_module("sympy")
    if node.op == "x":
        return x
    if node.op == "number":
        numerator, denominator = node.number.as_integer_ratio()
        # Exact for simple fractions, so that x**2 becomes 2*x and sqrt is the power 1/2.
        is_simple = abs(numerator) < 10**6 and denominator <= 64
        return sympy.Rational(numerator, denominator) if is_simple else sympy.Float(node.number)
    args = [_to_sympy(arg, x) for arg in node.args]
    function = ARITHMETIC.get(node.op) or _make_custom_functions().get(node.op) or getattr(sympy, node.op)
    return function(*args)


def _from_sympy(expression: Expression) -> Node:
    if expression.is_Symbol:
        return X
    if expression.is_Rational or expression.is_Float or expression.is_NumberSymbol:
        return make_number(float(expression))
    if expression.is_Add:
        return _convert_sum(expression.as_ordered_terms())
    if expression.is_Mul:
        return _convert_product(expression.as_ordered_factors())
    if expression.is_Pow:
        base, exponent = expression.as_base_exp()
        if exponent.is_number and exponent.is_negative:
            return make_node("/", make_number(1), _from_sympy(base**-exponent))
        if exponent == 0.5:
            return make_node("sqrt", _from_sympy(base))
        return make_node("**", _from_sympy(base), _from_sympy(exponent))
    name = type(expression).__name__.lower()
    if name not in OPERATIONS:
        raise _UnsupportedExpression
    return make_node(name, *map(_from_sympy, expression.args))


def _convert_sum(terms: list[Expression]) -> Node:
    # Start with a term without a minus sign, if possible.
    terms = sorted(terms, key=lambda term: term.could_extract_minus_sign())
    total = _from_sympy(terms[0])
    for term in terms[1:]:
        is_negative = term.could_extract_minus_sign() and (term.is_Mul or term.is_Number)
        total = make_node("-" if is_negative else "+", total, _from_sympy(-term if is_negative else term))
    return total


def _convert_product(factors: list[Expression]) -> Node:
    """Write the product as coefficient * numerator / denominator, with all numbers in the coefficient."""
    coefficient = 1.0
    numerator: list[Node] = []
    denominator: list[Node] = []
    for factor in factors:
        divides = factor.is_Pow and factor.exp.is_number and factor.exp.is_negative
        node = _from_sympy(factor.base**-factor.exp if divides else factor)
        if node.op == "number":
            coefficient = float(OPERATIONS["/" if divides else "*"](coefficient, node.number))
        else:
            (denominator if divides else numerator).append(node)
    size = make_number(abs(coefficient))
    product = _multiply([size, *numerator] if size.number != 1 or not numerator else numerator)
    if denominator:
        product = make_node("/", product, _multiply(denominator))
    return make_node("neg", product) if coefficient < 0 else product


def _multiply(nodes: list[Node]) -> Node:
    return reduce(lambda product, node: make_node("*", product, node), nodes)
