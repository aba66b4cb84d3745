"""A formula as an activation function: text, tree, values and slope, and the check that a network can be trained with it.

A formula is usable if it is finite, with a finite slope that is not 0 everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.formula.derivative import derive
from nn_core.models.formula.parse import format_formula, parse
from nn_core.models.formula.tree import Node, X

__all__ = ["SAMPLES", "Formula", "check_usable"]

_FLOAT32_MAX = 3.4e38

SAMPLES = [0.0] + [sign * step / 20 for step in range(1, 201) for sign in (1, -1)]
"""From 0 outwards, so that the failing point that a sentence names is the one nearest to 0."""


def check_usable(text: str, tree: Node) -> None:
    """Raises ConfigError, which says what of the formula `text` fails, and where."""
    if X not in tree.walk():
        raise ConfigError(
            _("'{text}' is the same for every input, so nothing could be learned. Put x into it.").format(text=text)
        )
    zero = tree.at(0.0)
    if not _usable(zero):
        raise ConfigError(
            _(
                "'{text}' has no finite value at 0, where it is {value}. Keep what is divided by or put into log away "
                "from 0, as in log(1 + abs(x))."
            ).format(text=text, value=_in_words(zero))
        )
    if (bad := _first_bad(tree)) is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value at x = {x:.4g}, where it is {value}. Change it so that it is finite from "
                "-10 to 10, for instance with abs(x) in place of x."
            ).format(text=text, x=bad, value=_in_words(tree.at(bad)))
        )
    _check_slope(text, tree, derive(text, tree))


def _check_slope(text: str, tree: Node, slope: Node) -> None:
    if (bad := _first_bad(slope)) is not None:
        raise ConfigError(
            _(
                "The slope of '{text}' is not finite at x = {x:.4g}. Smooth the formula there, as in sqrt(x**2 + 0.01) "
                "in place of sqrt(abs(x))."
            ).format(text=text, x=bad)
        )
    if (pole := _first_pole(tree)) is not None or (pole := _first_pole(slope)) is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value or slope at x = {x:.4g}, near which it grows without end. Keep what is "
                "divided by away from 0, as in 1/(1 + x**2)."
            ).format(text=text, x=pole)
        )
    if all(slope.at(x) == 0 for x in SAMPLES):
        raise ConfigError(
            _(
                "The slope of '{text}' is 0 everywhere, so nothing could be learned. Add a part that rises or falls."
            ).format(text=text)
        )


def _usable(value: float) -> bool:
    return abs(value) <= _FLOAT32_MAX


def _in_words(value: float) -> str:
    if math.isnan(value):
        return _("not a real number")
    if math.isinf(value):
        return _("infinite") if value > 0 else _("minus infinity")
    return _("{value:.3g}, more than float32 can hold").format(value=value)


def _first_bad(tree: Node) -> float | None:
    """The sample nearest to 0 where the tree has no finite value."""
    return next((x for x in SAMPLES if not _usable(tree.at(x))), None)


def _first_pole(tree: Node) -> float | None:
    """Where between two samples the tree changes its sign by way of infinity. A pole that leaves the sign of the value alone
    changes that of the slope."""
    values = {x: tree.at(x) for x in SAMPLES}
    for left, right in sorted(pairwise(sorted(SAMPLES)), key=lambda pair: abs(pair[0] + pair[1])):
        if values[left] * values[right] < 0 and (pole := _pole(tree, left, right)) is not None:
            return pole
    return None


def _pole(tree: Node, left: float, right: float) -> float | None:
    """Halves the interval about the change of sign: at a zero the values shrink, at a jump they stay, at a pole they grow
    without end."""
    before = value = tree.at(left)
    limit = 200 * max(abs(before), abs(tree.at(right)))
    for _step in range(24):
        middle = (left + right) / 2
        value = tree.at(middle)
        if value * before > 0:
            left = middle
        else:
            right = middle
    return right if not abs(value) <= limit else None


@dataclass(frozen=True)
class Formula:
    """text: as typed, with single spaces; tree: what is computed. Make one with `Formula.parse`."""

    text: str
    tree: Node

    @classmethod
    def parse(cls, text: str) -> Formula:
        """The formula, found usable for training: finite and with a finite slope at 0 and all over [-10, 10].

        Raises ConfigError, with what is wrong and what to type instead."""
        return _parse(" ".join(text.split()))

    def value(self, x: float) -> float:
        """May be infinite or NaN outside [-10, 10]."""
        return self.tree.at(x)

    def derivative(self) -> Formula:
        """The slope as a formula. Its text may hold `where(a > b, p, q)`: p where a is greater than b, else q."""
        slope = derive(self.text, self.tree)
        return Formula(format_formula(slope), slope)


@lru_cache(maxsize=256)
def _parse(text: str) -> Formula:
    try:
        tree = parse(text)
        check_usable(text, tree)
    except (RecursionError, MemoryError):
        raise ConfigError(
            _("The formula '{start}…' is nested too deeply. Use fewer brackets within brackets.").format(
                start=text[:20]
            )
        ) from None
    return Formula(text, tree)
