"""A formula that one can train with: text, tree, values and slope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.formula.derivative import derivative
from nn_core.models.formula.reading import read
from nn_core.models.formula.tree import Node
from nn_core.models.formula.usable import check
from nn_core.models.formula.writing import write

__all__ = ["Formula"]


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
        slope = derivative(self.text, self.tree)
        return Formula(write(slope), slope)


@lru_cache(maxsize=256)
def _parse(text: str) -> Formula:
    try:
        tree = read(text)
        check(text, tree)
    except (RecursionError, MemoryError):
        raise ConfigError(
            _("The formula '{start}…' is nested too deeply. Use fewer brackets within brackets.").format(
                start=text[:20]
            )
        ) from None
    return Formula(text, tree)
