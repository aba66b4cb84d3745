"""Formulas of the two coordinates of a point: a boundary such as `x2 > sin(3*x1)`, or a value such as `x1*x2`.

They are parsed like the formula of an activation and never run as Python. A boundary is one or several comparisons, joined by
`and`, `or` and `not`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from nn_core.errors import ConfigError
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.models.formula.parse import convert, parse_syntax
from nn_core.models.formula.tree import Node, Values, describe_too_large

__all__ = ["LARGEST_VALUE", "REACH", "PlaneFormula"]

REACH = 2.0
"""A formula is used in the square from -2 to 2."""
LARGEST_VALUE = 10.0
"""A network learns values far from this size slowly, and a squared error grows with them."""
_SMALLEST_SHARE = 0.01  # of the square, for each class
_CELLS = 200  # along each side; the checks use their centres, which are never 0

_X1, _X2 = Node("x1"), Node("x2")
_VARIABLES: Mapping[str, Node] = {"x1": _X1, "x2": _X2, "x": _X1, "y": _X2}
_SIGNS = str.maketrans({"₁": "1", "₂": "2", "≤": "<=", "≥": ">="})
_COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_EQUALS = re.compile(r"(?<![<>])=")
_EXAMPLE = "x2 > sin(3*x1)"

Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison, or several conditions joined.

    Attributes:
        op: "<", "<=", ">", ">=", "and", "or" or "not".
        terms: the two sides of a comparison.
        parts: the joined conditions.
    """

    op: str
    terms: tuple[Node, ...] = ()
    parts: tuple[Condition, ...] = ()

    def list_terms(self) -> list[Node]:
        """List both sides of every comparison."""
        return [*self.terms, *(term for part in self.parts for term in part.list_terms())]

    def compute(self, variables: Mapping[str, Values], shape: tuple[int, ...]) -> Truth:
        """Return where the condition is true."""
        parts = [part.compute(variables, shape) for part in self.parts]
        match self.op:
            case "and":
                return reduce(np.logical_and, parts)
            case "or":
                return reduce(np.logical_or, parts)
            case "not":
                return ~parts[0]
        left, right = (term.compute(variables, shape) for term in self.terms)
        compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[self.op]
        truth: Truth = compare(left, right)
        return truth


@dataclass(frozen=True)
class PlaneFormula:
    """A formula of x1 and x2; create it with `PlaneFormula.parse`.

    Attributes:
        text: as typed, with single spaces.
        root: the tree of a value, or the condition of a boundary.
    """

    text: str
    root: Node | Condition

    @classmethod
    def parse(cls, text: str) -> PlaneFormula:
        """Parse a formula and check it in the square from -REACH to REACH.

        Raises:
            ConfigError: it is not a formula, is not defined everywhere, gives one class only, or has too large values; the message
                says what to type instead.
        """
        return _parse(" ".join(text.split()))

    @property
    def is_boundary(self) -> bool:
        """Whether it divides the plane into two classes; otherwise it gives each point a value."""
        return isinstance(self.root, Condition)

    def compute(self, x1: Values, x2: Values) -> Values | Truth:
        """Return the values at points, or whether the boundary's condition is true there."""
        return self.root.compute({"x1": x1, "x2": x2}, x1.shape)


@lru_cache(maxsize=256)
def _parse(text: str) -> PlaneFormula:
    if not text:
        raise ConfigError(
            _(
                "The function is empty. Type a boundary such as {boundary}, or a value such as {value}, with x1 and x2 in it."
            ).format(boundary=_EXAMPLE, value="x1*x2")
        )
    plain = text.translate(_SIGNS)
    if _EQUALS.search(plain):
        raise ConfigError(
            _("'{text}' has an equals sign, which only the boundary itself satisfies. Write < or > instead.").format(
                text=text
            )
        )
    try:
        root = _convert(parse_syntax(plain, _VARIABLES, _EXAMPLE, "<>="), 0)
    except OverflowError:
        raise ConfigError(describe_too_large(text)) from None
    except (RecursionError, MemoryError):
        raise ConfigError(
            _("The function '{start}…' is nested too deeply. Use fewer brackets within brackets.").format(
                start=text[:20]
            )
        ) from None
    formula = PlaneFormula(text, root)
    _check(formula)
    return formula


def _convert(expression: ast.expr, depth: int) -> Node | Condition:
    match expression:
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(type(op) in _COMPARISONS for op in ops):
            sides = [convert(side, _VARIABLES, depth + 1) for side in (left, *comparators)]
            parts = [
                Condition(_COMPARISONS[type(op)], (first, second))
                for op, first, second in zip(ops, sides, sides[1:], strict=False)
            ]
            return parts[0] if len(parts) == 1 else Condition("and", parts=tuple(parts))
        case ast.BoolOp(op=op, values=values):
            joined = "and" if isinstance(op, ast.And) else "or"
            return Condition(joined, parts=tuple(_convert_condition(value, depth + 1) for value in values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Condition("not", parts=(_convert_condition(operand, depth + 1),))
    return convert(expression, _VARIABLES, depth)


def _convert_condition(expression: ast.expr, depth: int) -> Condition:
    if depth > _CELLS:
        raise RecursionError
    condition = _convert(expression, depth)
    if isinstance(condition, Node):
        raise ConfigError(
            _(
                "'{part}' is not a comparison, but 'and', 'or' and 'not' join comparisons. Write it like {example}."
            ).format(part=ast.unparse(expression), example="x1 > 0 and x2 > 0")
        )
    return condition


def _check(formula: PlaneFormula) -> None:
    centres = (np.arange(_CELLS) + 0.5) / _CELLS * 2 * REACH - REACH
    x1, x2 = np.tile(centres, _CELLS), np.repeat(centres, _CELLS)
    for term in [formula.root] if isinstance(formula.root, Node) else formula.root.list_terms():
        undefined = np.isnan(term.compute({"x1": x1, "x2": x2}, x1.shape))
        if undefined.any():
            first = _find_central(undefined, x1, x2)
            raise ConfigError(
                _(
                    "'{text}' has no real value at x1 = {x1:.3g}, x2 = {x2:.3g}. Change it so that it has one from {low:g} to "
                    "{high:g}, for instance with abs(x1)."
                ).format(text=formula.text, x1=x1[first], x2=x2[first], low=-REACH, high=REACH)
            )
    values = formula.compute(x1, x2)
    if formula.is_boundary:
        _check_classes(formula.text, float(values.mean()))
    else:
        _check_values(formula.text, values.astype(np.float64), x1, x2)


def _check_classes(text: str, share: float) -> None:
    if min(share, 1 - share) >= _SMALLEST_SHARE:
        return
    raise ConfigError(
        _(
            "'{text}' is true in {share} of the square from {low:g} to {high:g}, and each of the two classes needs at least {least}. "
            "Change it so that its boundary crosses the square, as in {example}."
        ).format(
            text=text,
            share=format_percent(share),
            low=-REACH,
            high=REACH,
            least=format_percent(_SMALLEST_SHARE, 0),
            example=_EXAMPLE,
        )
    )


def _check_values(text: str, values: Values, x1: Values, x2: Values) -> None:
    too_large = np.abs(values) > LARGEST_VALUE
    if too_large.any():
        first = _find_central(too_large, x1, x2)
        raise ConfigError(
            _(
                "'{text}' is {value:.3g} at x1 = {x1:.3g}, x2 = {x2:.3g}, and values must be from {low:g} to {high:g}. Divide it by a "
                "number, or compare it with one to get two classes."
            ).format(text=text, value=values[first], x1=x1[first], x2=x2[first], low=-LARGEST_VALUE, high=LARGEST_VALUE)
        )
    if values.max() - values.min() < 1e-6 * LARGEST_VALUE:
        raise ConfigError(
            _("'{text}' is the same at every point, so nothing could be learned. Use x1 or x2 in it.").format(text=text)
        )


def _find_central(mask: Truth, x1: Values, x2: Values) -> int:
    """Return the index of the marked point that is nearest to the centre of the square."""
    return int(np.where(mask, np.hypot(x1, x2), np.inf).argmin())
