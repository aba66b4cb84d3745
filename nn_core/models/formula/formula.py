"""A formula as an activation function: text, tree, values and derivative, and the check that a network can be trained with it.

A formula is usable if it and its derivative are finite, and the derivative is not 0 everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.formula.derivative import derive
from nn_core.models.formula.parse import format_formula, parse
from nn_core.models.formula.tree import Node, X

__all__ = ["SAMPLES", "Formula", "check_usable"]

_FLOAT32_MAX = 3.4e38

SAMPLES = np.array([0.0] + [sign * step / 20 for step in range(1, 201) for sign in (1, -1)])
"""The points of the check, from 0 outwards, so that errors give the failing point closest to 0."""


def check_usable(text: str, tree: Node) -> None:
    """Check that a network can be trained with the formula `text`, which has this tree. Raises ConfigError."""
    if X not in tree.walk():
        raise ConfigError(
            _("'{text}' is the same for every input, so nothing could be learned. Use x in it.").format(text=text)
        )
    bad = _find_bad_sample(tree)
    if bad == 0:
        raise ConfigError(
            _(
                "'{text}' has no finite value at 0, where it is {value}. Keep divisors and arguments of log away from 0, as in "
                "log(1 + abs(x))."
            ).format(text=text, value=_describe_value(tree.at(bad)))
        )
    if bad is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value at x = {x:.4g}, where it is {value}. Change it so that it is finite from "
                "-10 to 10, for instance with abs(x) instead of x."
            ).format(text=text, x=bad, value=_describe_value(tree.at(bad)))
        )
    _check_slope(text, tree, derive(text, tree))


def _check_slope(text: str, tree: Node, slope: Node) -> None:
    if (bad := _find_bad_sample(slope)) is not None:
        raise ConfigError(
            _(
                "The derivative of '{text}' is not finite at x = {x:.4g}. Smooth the formula there, as in sqrt(x**2 + 0.01) "
                "instead of sqrt(abs(x))."
            ).format(text=text, x=bad)
        )
    if (pole := _find_pole(tree)) is not None or (pole := _find_pole(slope)) is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value or derivative at x = {x:.4g}, near which it grows without limit. Keep divisors "
                "away from 0, as in 1/(1 + x**2)."
            ).format(text=text, x=pole)
        )
    if not slope.at_all(SAMPLES).any():
        raise ConfigError(
            _(
                "The derivative of '{text}' is 0 everywhere, so nothing could be learned. Add a part that rises or falls."
            ).format(text=text)
        )


def _describe_value(value: float) -> str:
    if math.isnan(value):
        return _("not a real number")
    if math.isinf(value):
        return _("infinite") if value > 0 else _("minus infinity")
    return _("{value:.3g}, too large for float32").format(value=value)


def _find_bad_sample(tree: Node) -> float | None:
    """Return the sample closest to 0 where the tree has no finite value."""
    bad = SAMPLES[~(np.abs(tree.at_all(SAMPLES)) <= _FLOAT32_MAX)]
    return float(bad[0]) if bad.size else None


def _find_pole(tree: Node) -> float | None:
    """Return a point between two samples where the tree changes its sign through infinity. If the value does not change its
    sign at a pole, the derivative does."""
    values = dict(zip(map(float, SAMPLES), map(float, tree.at_all(SAMPLES)), strict=True))
    for left, right in sorted(pairwise(sorted(values)), key=lambda pair: abs(pair[0] + pair[1])):
        if values[left] * values[right] < 0 and (pole := _bisect_pole(tree, left, right)) is not None:
            return pole
    return None


def _bisect_pole(tree: Node, left: float, right: float) -> float | None:
    """Bisect the interval around a change of sign: at a zero the values shrink, at a jump they stay, at a pole they grow without
    limit."""
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
    """A formula; create it with `Formula.parse`.

    Attributes:
        text: as typed, with single spaces.
        tree: the parsed text.
    """

    text: str
    tree: Node

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Parse a formula and check that it and its derivative are finite in [-10, 10].

        Raises:
            ConfigError: the text is not a usable formula; the message says what to type instead.
        """
        return _parse(" ".join(text.split()))

    def value(self, x: float) -> float:
        """Return f(x), which may be infinite or NaN outside [-10, 10]."""
        return self.tree.at(x)

    def derivative(self) -> Formula:
        """Return the derivative. Its text may contain `where(a > b, p, q)`: p where a is greater than b, else q."""
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
