"""Reads the rows of any table file: delimited text, JSON, fastText's format, or a workbook."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from nn_core.data.custom.tables.delimited import Row, detect_dialect, parse_rows
from nn_core.data.custom.tables.encodings import detect_encoding, read_lines
from nn_core.data.custom.tables.json_rows import is_json, read_json_rows
from nn_core.data.custom.tables.workbook import choose_sheet, is_workbook, read_sheets
from nn_core.data.custom.validation import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Row", "TableRows", "open_rows", "read_rows"]

_JSON_START = 10_000
_SAMPLE_LINES = 1000
_SAMPLE_CHARACTERS = 300_000
_FASTTEXT = re.compile(r"\s*__label__(\S+)\s+(.*)", re.DOTALL)
_SIGNATURES = {
    b"%PDF": "PDF",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"SQLite format 3": "SQLite",
    b"<!DOCTYPE": "HTML",
    b"<!doctype": "HTML",
    b"<html": "HTML",
}


@dataclass
class TableRows:
    """The rows of an open table, which can be read several times.

    Attributes:
        kind: of the file.
        read: starts to read the rows: (number of the line, cells), including a heading and empty rows.
        warnings: sentences about what was assumed.
        delimiter: between cells.
        has_names: whether the first row is certainly a heading.
        bad_lines: numbers of lines that could not be read as rows (JSON), after all rows were read.
    """

    kind: Literal["delimited", "json", "fasttext", "workbook"]
    read: Callable[[], Iterator[Row]]
    warnings: list[str] = field(default_factory=list)
    delimiter: str = ","
    has_names: bool = False
    bad_lines: list[int] = field(default_factory=list)


@contextmanager
def open_rows(file: Path | BinaryIO, limits: Limits) -> Iterator[TableRows]:
    """Open a table, and detect its format, its encoding and its delimiter.

    Raises:
        BadInput: the file cannot be read, is too large, or is not a table.
    """
    if isinstance(file, Path):
        try:
            stream = file.open("rb")
        except OSError as error:
            raise BadInput(
                _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                    file=file, reason=error.strerror or error
                )
            ) from error
        with stream, open_rows(stream, limits) as rows:
            yield rows
        return
    if (size := file.seek(0, io.SEEK_END)) > limits.table_bytes:
        raise BadInput(
            _("The table has {size:,} bytes, at most {most:,} are allowed. Leave some rows out.").format(
                size=size, most=limits.table_bytes
            )
        )
    yield _detect_rows(file, limits)


def read_rows(file: Path | BinaryIO, limits: Limits) -> tuple[list[Row], list[str]]:
    """Read all rows that are not empty, padded or cut where only empty cells differ.

    Returns:
        (number of the line and cells of each row, including a heading; sentences about what was assumed, and about rows with
        an unusual number of cells)

    Raises:
        BadInput: see `open_rows`.
    """
    with open_rows(file, limits) as table:
        rows = [(line, cells) for line, cells in table.read() if any(map(str.strip, cells))]
        warnings = list(table.warnings)
    width = Counter(len(cells) for _line, cells in rows).most_common(1)[0][0] if rows else 0
    odd = []
    for _line, cells in rows:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            odd.append(_line)
    if odd:
        warnings.append(
            _("{count:,} rows have another number of columns than {width} (the first is line {line}).").format(
                count=len(odd), width=width, line=odd[0]
            )
        )
    return rows, warnings


def _detect_rows(stream: BinaryIO, limits: Limits) -> TableRows:
    if is_workbook(stream):
        rows, warnings = choose_sheet(read_sheets(stream, limits))
        return TableRows("workbook", lambda: ((line, list(cells)) for line, cells in rows), warnings)
    stream.seek(0)
    first_bytes = stream.read(16)
    for signature, name in _SIGNATURES.items():
        if first_bytes.startswith(signature):
            raise BadInput(
                _(
                    "This file has the format {name}, which is not read as a table. Save the table as CSV (UTF-8)."
                ).format(name=name)
            )
    encoding = detect_encoding(stream)
    warnings = [encoding.warning] if encoding.warning else []
    long_lines = replace(limits, row_characters=limits.table_bytes)  # a list of objects may be a single line
    with closing(read_lines(stream, encoding, long_lines)) as lines:
        start = next(lines, "")[:_JSON_START]
        start += "".join(islice(lines, 20))[:_JSON_START] if len(start) < _JSON_START else ""
    if is_json(start):
        bad_lines: list[int] = []
        return TableRows(
            "json",
            lambda: read_json_rows(read_lines(stream, encoding, long_lines), limits, bad_lines),
            warnings,
            has_names=True,
            bad_lines=bad_lines,
        )
    with closing(read_lines(stream, encoding, limits)) as lines:
        sample = _take_sample(lines)

    def read_again() -> Iterator[str]:
        return read_lines(stream, encoding, limits)

    filled = [line for line in sample if line.strip()]
    if filled and 2 * sum(_FASTTEXT.match(line) is not None for line in filled) > len(filled):
        return TableRows("fasttext", lambda: map(_split_fasttext, enumerate(read_again(), start=1)), warnings, " ")
    dialect = detect_dialect(sample, limits)
    return TableRows("delimited", lambda: parse_rows(read_again(), dialect, limits), warnings, dialect.delimiter)


def _take_sample(lines: Iterator[str]) -> list[str]:
    """Return some lines, at least one."""
    sample: list[str] = []
    characters = 0
    for line in islice(lines, _SAMPLE_LINES):
        characters += len(line)
        if sample and characters > _SAMPLE_CHARACTERS:
            break
        sample.append(line)
    return sample


def _split_fasttext(numbered: tuple[int, str]) -> Row:
    """Split `__label__x text` into two cells, and a line with several labels into more."""
    number, line = numbered
    cells = []
    while match := _FASTTEXT.match(line):
        cells.append(match[1])
        line = match[2]
    return number, [*cells, line.strip()]
