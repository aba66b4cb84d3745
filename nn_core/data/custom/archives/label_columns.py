"""Finds the column of the classes in a table that lists pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nn_core.data.custom.validation import shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["ColumnChoice", "find_label_column", "is_one_hot", "read_one_hot"]

Rows = Sequence[Sequence[str]]
_LABEL_NAMES = (
    "label labels class classes category target species breed diagnosis tag type class_name classname label_name category_name "
    "class_label class_id label_id category_id y dx kind klasse etiquette etiqueta categoria 标签 类别 ラベル クラス метка класс"
).split()
_MOST_CLASSES = 1000


class ColumnChoice(NamedTuple):
    """The label column.

    Attributes:
        position: None if there is none, or several are equally likely.
        is_named: whether it is certain: it has a common name, or is the only one.
        candidates: the names of the columns that are equally likely.
    """

    position: int | None
    is_named: bool
    candidates: list[str]


def find_label_column(heading: Sequence[str], body: Rows, taken: set[int | None], wanted: str | None) -> ColumnChoice:
    """Find the label column by the wanted name or number, by its name, or by its content: few different values.

    Raises:
        BadInput: there is no such column.
    """
    width = max(map(len, body), default=0)
    free = [column for column in range(width) if column not in taken and _has_values(body, column)]
    names = [cell.strip().casefold().replace(" ", "_") for cell in heading]
    if wanted is not None:
        return ColumnChoice(_find_wanted(heading, wanted, width), True, [])
    for name in _LABEL_NAMES:
        for column in free:
            if column < len(names) and names[column] == name:
                return ColumnChoice(column, True, [])
    if len(free) == 1:
        return ColumnChoice(free[0], True, [])
    few = [column for column in free if _has_few_values(body, column)]
    if len(few) == 1:
        return ColumnChoice(few[0], False, [])
    return ColumnChoice(None, False, [_name_column(heading, column) for column in few])


def _find_wanted(heading: Sequence[str], wanted: str, width: int) -> int:
    if wanted in heading:
        return list(heading).index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    names = ", ".join(shorten(_name_column(heading, column)) for column in range(width))
    raise BadInput(
        _("The table of labels has no column '{column}'. Choose one of: {names}.").format(
            column=shorten(wanted), names=names
        )
    )


def _name_column(heading: Sequence[str], column: int) -> str:
    return (heading[column].strip() if column < len(heading) else "") or str(column + 1)


def _has_values(body: Rows, column: int) -> bool:
    return any(column < len(row) and row[column].strip() for row in body)


def _has_few_values(body: Rows, column: int) -> bool:
    values = {row[column].strip() for row in body if column < len(row)} - {""}
    return 1 < len(values) <= min(_MOST_CLASSES, len(body) // 2)


def is_one_hot(heading: Sequence[str], body: Rows, file_column: int) -> bool:
    """Return whether the table has a column of 0 and 1 for each class, with one 1 in each row."""
    if len(heading) < 3 or not body:
        return False
    return all(_find_marked(heading, row, file_column) is not None for row in body)


def read_one_hot(heading: Sequence[str], row: Sequence[str], file_column: int) -> str:
    """Return the name of the column with the 1."""
    marked = _find_marked(heading, row, file_column)
    return "" if marked is None else " ".join(heading[marked].split())


def _find_marked(heading: Sequence[str], row: Sequence[str], file_column: int) -> int | None:
    marked = None
    for column, cell in enumerate(row[: len(heading)]):
        if column == file_column:
            continue
        value = cell.strip()
        if value in ("1", "1.0", "True", "true") and marked is None:
            marked = column
        elif value not in ("0", "0.0", "False", "false"):
            return None
    return marked
