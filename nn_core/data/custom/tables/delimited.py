"""Reads rows with a delimiter between their cells. Quotes that do not balance are literal, so they never merge rows."""

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from nn_core.data.custom.tables.column_names import are_named
from nn_core.data.custom.tables.encodings import make_long_row_error
from nn_core.data.custom.validation import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Dialect", "Row", "detect_dialect", "parse_rows"]

Row = tuple[int, list[str]]
"""The number of the first line, counted from 1, and the cells."""

_DELIMITERS = "\t;,|"  # those that are rarer in texts first
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_ROW_LINES = 2000
_FEW_VALUES = 50
_HEADING_ROWS = 10


@dataclass(frozen=True)
class Dialect:
    """How rows are divided.

    Attributes:
        delimiter: between cells.
        first_line: of the table; 1 if a line such as `sep=;` comes before it.
        skips_space: whether cells are quoted after a space.
        has_backslash: whether a quote in a quoted cell is written as a backslash and a quote.
        width: the usual number of cells.
        known: the values of each column that has few, from rows of a single line.
    """

    delimiter: str
    first_line: int = 0
    skips_space: bool = False
    has_backslash: bool = False
    width: int = 0
    known: dict[int, frozenset[str]] = field(default_factory=dict)


def detect_dialect(lines: Sequence[str], limits: Limits) -> Dialect:
    """Detect the dialect from the first lines: the delimiter that gives named columns, or else the most rows of equal width.

    Raises:
        BadInput: no delimiter gives two columns.
    """
    stated = _SEP_LINE.fullmatch(lines[0]) if lines else None
    body = lines[1:] if stated else lines
    text = "".join(body)
    has_backslash = '\\"' in text and '""' not in re.sub(r'(^|[\t;,|])""(?=[\t;,|\r\n]|$)', "", text, flags=re.M)
    limits = replace(limits, cell_characters=limits.row_characters)  # a cell of a wrong delimiter may be long
    best, best_score = None, 0.0
    for delimiter in [stated[1]] if stated else _DELIMITERS:
        skips_space = text.count(f'{delimiter} "') > text.count(f'{delimiter}"')
        dialect = Dialect(delimiter, int(stated is not None), skips_space, has_backslash)
        rows = [cells for _line, cells in parse_rows(lines, dialect, limits) if any(map(str.strip, cells))]
        widths = Counter(len(cells) for cells in rows if len(cells) > 1)
        if not widths:
            continue
        width = max(widths, key=lambda each: (widths[each], each))
        score = widths[width] / len(rows) * (width - 1) / width
        if named := next((cells for cells in rows[:_HEADING_ROWS] if are_named(cells)), None):
            score += 1
            width = len(named) if len(named) in widths else width
        if score > best_score:
            known = _collect_known_values(rows, width)
            best, best_score = Dialect(delimiter, dialect.first_line, skips_space, has_backslash, width, known), score
    if best is None:
        raise BadInput(
            _("The table does not have two columns. Write the text, a comma (or ; or tab) and the label in each line.")
        )
    return best


def _collect_known_values(rows: list[list[str]], width: int) -> dict[int, frozenset[str]]:
    regular = [cells for cells in rows if len(cells) == width and not any("\n" in cell for cell in cells)]
    known = {}
    for column in range(width):
        counts = Counter(cells[column].strip() for cells in regular)
        values = frozenset(value for value, count in counts.items() if count > 1 and value)
        if values and len(values) <= _FEW_VALUES and 2 * len(counts) <= len(regular):
            known[column] = values
    return known


def parse_rows(lines: Iterable[str], dialect: Dialect, limits: Limits) -> Iterator[Row]:
    """Yield the rows. A quoted cell may span lines; a quote that is not closed properly is part of the text.

    Raises:
        BadInput: a cell or a row has too many characters.
    """
    source = iter(lines)
    for _number in range(dialect.first_line):
        next(source, None)
    again: deque[str] = deque()  # lines to be read a second time
    taken: list[str] = []  # the lines of the current row

    def feed() -> Iterator[str]:
        characters = 0
        while True:
            line = again.popleft() if again else next(source, None)
            if line is None:
                return
            if taken:
                characters += len(line)
                if characters > limits.row_characters or len(taken) > _ROW_LINES:
                    again.appendleft(line)
                    raise csv.Error
            else:
                characters = 0
            taken.append(line)
            yield line.replace('\\"', '""') if dialect.has_backslash else line

    def start() -> Callable[[], list[str]]:
        reader = csv.reader(feed(), delimiter=dialect.delimiter, skipinitialspace=dialect.skips_space, strict=True)
        return reader.__next__

    read, number = start(), dialect.first_line + 1
    while True:
        taken.clear()
        try:
            row = read()
            is_literal = len(taken) > 1 and _has_merged(taken, row, dialect)
        except StopIteration:
            return
        except csv.Error:
            is_literal = True
        if is_literal:
            again.extendleft(reversed(taken[1:]))
            del taken[1:]
            row, read = _split_literally(taken[0], dialect), start()
        if len(taken[0]) > limits.cell_characters or len(taken) > 1:
            _check_lengths(row, number, limits)
        yield number, row
        number += len(taken)


def _check_lengths(row: list[str], line: int, limits: Limits) -> None:
    if max(map(len, row), default=0) > limits.cell_characters:
        raise BadInput(
            _(
                "A text in line {line} has more than {most:,} characters. Shorten it, or look for an unclosed quotation mark."
            ).format(line=line, most=limits.cell_characters)
        )
    if sum(map(len, row)) > limits.row_characters:
        raise make_long_row_error(line, limits)


def _has_merged(taken: list[str], row: list[str], dialect: Dialect) -> bool:
    """Return whether the lines of a row look like rows themselves, which stray quotes have joined."""
    if dialect.width and len(row) != dialect.width:
        return len(_split_literally(taken[0], dialect)) == dialect.width
    if not dialect.known:
        return False
    split = (_split_literally(line, dialect) for line in taken)
    complete = sum(
        len(cells) == dialect.width and all(cells[column].strip() in known for column, known in dialect.known.items())
        for cells in split
    )
    return complete >= 2 and 2 * complete >= len(taken)


def _split_literally(line: str, dialect: Dialect) -> list[str]:
    """Split a line at each delimiter. Quotes around a whole cell are removed, all others stay."""
    cells = line.rstrip("\r\n").split(dialect.delimiter)
    return [cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]
