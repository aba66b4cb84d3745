"""Looks through a table once: its heading, its columns, and which of them are texts, labels or pixels."""

from collections.abc import Iterator
from dataclasses import dataclass

from nn_core.data.custom.tables.column_content import describe_column
from nn_core.data.custom.tables.columns import ColumnChoice, Columns, choose_columns
from nn_core.data.custom.tables.heading import Heading, find_heading, fit_cells
from nn_core.data.custom.tables.pixels import PixelLayout, find_pixels
from nn_core.data.custom.tables.rows import Row, TableRows
from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Overview", "inspect_rows"]

_HEAD_ROWS = 12
_SAMPLE_ROWS = 4000
_LEAST_ROWS = 200
_MAX_COLUMNS = 20_000
_SAMPLE_CELLS = 400_000


@dataclass(frozen=True)
class Overview:
    """What a table contains.

    Attributes:
        heading: the names, and what stands above them.
        columns: names and contents.
        choice: the columns of texts and labels.
        pixels: how pictures are written in it; None for a table of texts.
        count: the number of rows that are not empty, without the heading.
        first: some rows from the beginning, without the heading.
        warnings: sentences about what was assumed.
    """

    heading: Heading
    columns: Columns
    choice: ColumnChoice
    pixels: PixelLayout | None
    count: int
    first: tuple[Row, ...]
    warnings: tuple[str, ...]


def inspect_rows(table: TableRows, limits: Limits) -> Overview:
    """Read all rows once and describe them by a sample that is spread over the whole table.

    Raises:
        BadInput: there are too many rows, or no row with two cells.
    """
    head, sample, count = _sample_rows(table.read(), limits)
    heading = find_heading(head, sample, is_certain=table.has_names)
    if heading.width < 2:
        raise BadInput(
            _("The table does not have two columns. Write the text, a comma (or ; or tab) and the label in each line.")
        )
    if heading.width > _MAX_COLUMNS:
        raise BadInput(
            _(
                "The table has {count:,} columns, at most {most:,} are allowed. Write each sample in a row of its own."
            ).format(count=heading.width, most=_MAX_COLUMNS)
        )
    body = [fit_cells(cells, heading.width) for line, cells in sample if line > heading.last_line]
    regular = [cells for cells in body if len(cells) == heading.width]
    contents = (describe_column([cells[column] for cells in regular]) for column in range(heading.width))
    columns = Columns(heading.names, tuple(contents))
    return Overview(
        heading=heading,
        columns=columns,
        choice=choose_columns(columns),
        pixels=find_pixels(columns, regular),
        count=count - len(heading.above) - (heading.row is not None),
        first=tuple(row for row in head if row[0] > heading.last_line),
        warnings=(*table.warnings, *_describe_lines_above(heading)),
    )


def _sample_rows(rows: Iterator[Row], limits: Limits) -> tuple[list[Row], list[Row], int]:
    """Return the first rows, rows that are spread over the whole table, and the number of rows that are not empty."""
    head: list[Row] = []
    sample: list[Row] = []
    count, step, most = 0, 1, _SAMPLE_ROWS
    for row in rows:
        cells = row[1]
        if not cells or not (cells[0].strip() or any(map(str.strip, cells))):
            continue
        count += 1
        if count <= _HEAD_ROWS:
            head.append(row)
            most = max(_LEAST_ROWS, min(_SAMPLE_ROWS, _SAMPLE_CELLS // len(cells)))
        elif count > limits.rows + _HEAD_ROWS:
            raise BadInput(
                _("The table has more than {most:,} rows, which is the maximum. Leave some out.").format(
                    most=limits.rows
                )
            )
        if count % step == 0:
            sample.append(row)
            if len(sample) > most:
                del sample[::2]
                step *= 2
    return head, sample, count


def _describe_lines_above(heading: Heading) -> list[str]:
    if not heading.above:
        return []
    line, cells = heading.above[0]
    text = shorten(" ".join(" ".join(cells).split()))
    if len(heading.above) == 1:
        return [_("Line {line} is above the table and was left out: '{text}'.").format(line=line, text=text)]
    return [
        _("{count} lines above the table were left out, such as line {line}: '{text}'.").format(
            count=len(heading.above), line=line, text=text
        )
    ]
