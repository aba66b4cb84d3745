"""What every data set of one's own must be, whatever it is made of; and how names are told in sentences."""

import re
from collections import Counter
from collections.abc import Iterable

from nn_core.data.own.limits import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["must_be_enough", "natural", "quoted", "short"]

_NAMED = 5


def must_be_enough(counts: Counter[str], limits: Limits, left_out: Iterable[str] = ()) -> None:
    """Raises BadInput, naming the classes that have too few samples; `left_out` are the sentences that tell why."""
    small = [f"'{short(label)}' ({count})" for label, count in counts.items() if count < limits.smallest_class]
    if small:
        sentence = _(
            "Every class needs at least {least} different examples. Too few: {names}. Add some, or leave that class out."
        ).format(least=limits.smallest_class, names=_first(small))
        raise BadInput(" ".join([sentence, *left_out]))


def natural(label: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts 9 before 10."""
    pieces = re.findall(r"([0-9]{1,18})|([^0-9]+)", label)
    return [(int(digits or -1), text.casefold()) for digits, text in pieces], label


def quoted(names: Iterable[str]) -> str:
    """The first few, each in quotation marks."""
    return _first([f"'{short(name)}'" for name in names])


def short(text: str) -> str:
    """The text, without its middle where it is long."""
    return text if len(text) <= 80 else f"{text[:50]} … {text[-25:]}"


def _first(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
