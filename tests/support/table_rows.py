"""Rows for tables of tests, and what is imported from a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["ROWS", "TableCase", "lines", "mood_rows", "quote"]

_MOODS = {
    "neg": ["so sad", "bad food", "no fun", "awful day", "never again"],
    "pos": ["great food", "like it", "very kind", "good fun", "what a day"],
}


def mood_rows(count: int = 40, labels: tuple[str, str] = ("neg", "pos")) -> list[tuple[str, str]]:
    """(text, label), by turns; all texts are different."""
    return [(f"{list(_MOODS.values())[i % 2][i // 2 % 5]} number {1000 + 37 * i}", labels[i % 2]) for i in range(count)]


@dataclass(frozen=True)
class TableCase:
    """A table and what is imported from it.

    Attributes:
        content: of the file.
        text: the title of the column of texts.
        label: that of the labels.
        labels: the number of texts with each label.
        first: the first texts.
        skipped: the number of rows that are left out, by reason.
        warnings: a part of each warning.
    """

    content: bytes
    text: str = "text"
    label: str = "label"
    labels: dict[str, int] = field(default_factory=lambda: {"neg": 20, "pos": 20})
    first: Sequence[str] = ("so sad number 1000", "great food number 1037", "bad food number 1074")
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


ROWS = mood_rows()


def lines(make: Callable[[int, str, str], str], heading: str = "", end: str = "\n") -> str:
    """A line for each row: make(number from 0, text, label)."""
    above = [heading] if heading else []
    return end.join(above + [make(i, text, label) for i, (text, label) in enumerate(ROWS)]) + end


def quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
