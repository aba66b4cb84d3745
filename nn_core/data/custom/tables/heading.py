"""Finds the row with the names of the columns, and what stands above it."""

from collections import Counter
from dataclasses import dataclass

from nn_core.data.custom.tables.column_content import describe_column, is_number
from nn_core.data.custom.tables.column_names import are_named, has_sure_name, rate_name
from nn_core.data.custom.tables.columns import Columns, choose_columns
from nn_core.data.custom.tables.rows import Row

__all__ = ["Heading", "find_heading", "fit_cells"]

_HEADING_CHARACTERS = 60
_LEAST_LABELS = 0.3
_WHOLE_NAMES = (2, 3)  # the ratings of names such as tweet, not of a sentence with that word


@dataclass(frozen=True)
class Heading:
    """The heading of a table.

    Attributes:
        width: the number of cells of a regular row.
        names: of the columns, empty where there is none.
        above: rows above the table, such as a title.
        row: the heading; None if there is none.
        is_guessed: whether only its content says that it is a heading.
    """

    width: int
    names: tuple[str, ...]
    above: tuple[Row, ...] = ()
    row: Row | None = None
    is_guessed: bool = False

    @property
    def last_line(self) -> int:
        """The line of the last row that is not data; 0 if there is none."""
        return self.row[0] if self.row else self.above[-1][0] if self.above else 0


def find_heading(head: list[Row], sample: list[Row], *, is_certain: bool = False) -> Heading:
    """Find the heading. A width of less than 2 means that there is no table.

    Args:
        head: the first rows.
        sample: rows that are spread over the whole table.
        is_certain: whether the first row is one.
    """
    if is_certain and head:
        return Heading(len(head[0][1]), tuple(head[0][1]), (), head[0])
    widths = Counter(len(cells) for _line, cells in sample if _count_filled(cells) > 1 or len(sample) < 2)
    width = max((each for each in widths if each > 1), key=lambda each: (widths[each], each), default=0)
    for row in head:
        is_named = are_named(row[1]) or (row is head[0] and len(row[1]) == width and has_sure_name(row[1]))
        if is_named and _is_unlike_rows(row, sample):
            above = tuple(other for other in head if other[0] < row[0])
            names = [" ".join(cell.split()) for cell in row[1]]
            if width == len(names) + 1 and _has_row_names(sample, width):
                return Heading(width, ("", *names), above, row)
            return Heading(len(names), tuple(names), above, row)
    above = ()
    for position, row in enumerate(head):
        if _count_filled(row[1]) > 1 or width < 2:
            above = tuple(head[:position])
            break
    first = head[len(above)] if len(above) < len(head) else None
    rest = [fit_cells(cells, width) for line, cells in sample if first and line > first[0]]
    if (
        first
        and len(first[1]) == width
        and _looks_like_heading(first[1], [each for each in rest if len(each) == width])
    ):
        return Heading(width, tuple(" ".join(cell.split()) for cell in first[1]), above, first, True)
    return Heading(width, ("",) * width, above)


def fit_cells(cells: list[str], width: int) -> list[str]:
    """Return the cells without empty ones after the last column."""
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    return cells


def _count_filled(cells: list[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def _is_unlike_rows(row: Row, sample: list[Row]) -> bool:
    """Return whether the cells that look like names are no values of their columns. A column "spam" may have the value "spam"."""
    cells = row[1]
    if max(map(len, cells)) > _HEADING_CHARACTERS:
        return False
    is_like = False
    for column, cell in enumerate(cells):
        if rate_name(cell, "text") or rate_name(cell, "label"):
            value = cell.strip()
            others = (other[column].strip() for line, other in sample if line != row[0] and len(other) > column)
            if value not in others:
                if rate_name(cell, "text") in _WHOLE_NAMES:
                    return True
            else:
                is_like = True
    return not is_like


def _has_row_names(sample: list[Row], width: int) -> bool:
    """Return whether the rows begin with a name or number of their own, for which the heading has no cell (as R writes tables)."""
    rows = [cells for _line, cells in sample if len(cells) == width]
    return 2 * sum(bool(cells[-1].strip()) for cells in rows) > len(rows) and len({cells[0] for cells in rows}) == len(
        rows
    )


def _looks_like_heading(first: list[str], rest: list[list[str]]) -> bool:
    if len(rest) < 2 or max(map(len, first)) > _HEADING_CHARACTERS or any(is_number(cell.strip()) for cell in first):
        return False
    contents = tuple(describe_column(cells) for cells in zip(*rest, strict=True))
    if any(content.numbers > 0.9 and cell.strip() for content, cell in zip(contents, first, strict=True)):
        return True
    label = choose_columns(Columns(("",) * len(first), contents)).label
    values = {cells[label].strip() for cells in rest}
    return contents[label].label_rating > _LEAST_LABELS and first[label].strip() not in values
