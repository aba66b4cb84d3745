"""Describes the values of a column, and rates how well they would do as texts or as labels."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["ColumnContent", "describe_column", "is_number"]

_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?%?")
_FRACTION = re.compile(r"[-+]?\d*[.,](?!0+$)\d+")
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d\d.*)?|\d{1,2}:\d\d(:\d\d)?|"
    r"(mon|tue|wed|thu|fri|sat|sun)\w*,? .*\d\d.*|\w{3,9}\.? \d{1,2},? \d{4}.*|\d{1,2}\.? \w{3,9} \d{4}.*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(https?://|www\.)\S+|\S+@\S+\.\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")  # scripts without spaces between words
_FEW_VALUES = 30
_WORDS_OF_A_LABEL = 4
_MANY_CELLS = 100
_LONGEST = 200  # characters of a number, date or address


@dataclass(frozen=True)
class ColumnContent:
    """What a column contains.

    Attributes:
        filled: the fraction of cells that are not empty. The following ones are about these.
        distinct: the number of different values.
        repeated: the fraction whose value is not rare.
        most_common: the fraction that have the most common value.
        unique: the number of different values as a fraction.
        numbers: the fraction that are numbers.
        fractions: the fraction that are numbers with decimals.
        other: the fraction that are dates or addresses.
        words: the mean number of words.
        values: the values that occur more than once, if they are few.
    """

    filled: float = 0
    distinct: int = 0
    repeated: float = 0
    most_common: float = 0
    unique: float = 0
    numbers: float = 0
    fractions: float = 0
    other: float = 0
    words: float = 0
    values: frozenset[str] = frozenset()

    @property
    def text_rating(self) -> float:
        """How well the values would do as texts, from 0 to 1."""
        if self.numbers > 0.5 or self.other > 0.5:
            return 0
        return self.filled * (0.25 + 0.75 * min(1, self.words / 6)) * (0.3 + 0.7 * self.unique)

    @property
    def label_rating(self) -> float:
        """How well the values would do as labels, from 0 to 1."""
        if self.distinct < 2 or self.other > 0.5:
            return 0
        rating = self.filled * self.repeated
        if self.distinct > _FEW_VALUES:
            rating *= 0.3 if self.numbers > 0.5 else 0.7
        if self.fractions > 0.2:
            rating *= 0.3
        return rating * (0.2 if self.words > _WORDS_OF_A_LABEL else 1)


def is_number(cell: str) -> bool:
    return len(cell) <= _LONGEST and _NUMBER.fullmatch(cell) is not None


def describe_column(cells: Sequence[str]) -> ColumnContent:
    """Describe the cells of a column."""
    filled = [stripped for cell in cells if (stripped := cell.strip())]
    if not filled:
        return ColumnContent()
    counts = Counter(filled)
    count = len(filled)
    least = 3 if count >= _MANY_CELLS else 2
    few = frozenset(value for value, times in counts.items() if times > 1)

    def share(is_so: Callable[[str], bool]) -> float:
        return sum(times for value, times in counts.items() if is_so(value)) / count

    return ColumnContent(
        filled=count / len(cells),
        distinct=len(counts),
        repeated=sum(times for times in counts.values() if times >= least) / count,
        most_common=max(counts.values()) / count,
        unique=len(counts) / count,
        numbers=share(is_number),
        fractions=share(lambda cell: len(cell) <= _LONGEST and _FRACTION.fullmatch(cell) is not None),
        other=share(_is_other),
        words=sum(times * _count_words(value) for value, times in counts.items()) / count,
        values=few if len(few) <= _FEW_VALUES and 2 * len(counts) <= count else frozenset(),
    )


def _is_other(cell: str) -> bool:
    return len(cell) <= _LONGEST and (_DATE.fullmatch(cell) is not None or _ADDRESS.fullmatch(cell) is not None)


def _count_words(cell: str) -> float:
    words = cell.count(" ") + 1
    return words if cell.isascii() else words + len(_CJK.findall(cell[:200])) / 1.5
