"""Reads a CSV of texts and labels in the dialects that spreadsheets and other programs write."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO

from nn_core.data.custom.validation import Limits, check_enough_samples, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Table", "read_table"]

_TEXT_NAMES = ("text", "texts")
_LABEL_NAMES = ("label", "labels", "class")
_DELIMITERS = "\t;,"  # those that are rarer in texts first
_SNIFFED_LINES = 200


@dataclass(frozen=True)
class Table:
    """The content of a CSV.

    Attributes:
        texts: of every row that has a text and a label.
        labels: of the same rows.
        skipped: the number of other rows, by reason.
        skipped_line: the line number of the first of them, by reason.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_line: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str, line: int) -> None:
        """Count a row that is skipped."""
        self.skipped[reason] += 1
        self.skipped_line.setdefault(reason, line)


def read_table(file: Path | BinaryIO, limits: Limits) -> Table:
    """Read a UTF-8 CSV with tab, ';' or ',' between columns. Uses the columns named text and label, or else the first two.

    Raises:
        BadInput: the file cannot be read, has fewer than two classes, or has too few distinct texts of a class.
    """
    with _open(file, limits) as stream:
        with closing(_read_lines(stream, limits)) as lines:
            delimiter = _detect_delimiter(_take_first_lines(lines, limits))
        with closing(_read_lines(stream, limits)) as lines:
            table = _collect_rows(_parse_rows(lines, delimiter, limits), limits)
    _check_classes(table, limits)
    return table


@contextmanager
def _open(file: Path | BinaryIO, limits: Limits) -> Iterator[BinaryIO]:
    if isinstance(file, Path):
        try:
            stream = file.open("rb")
        except OSError as error:
            raise BadInput(
                _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                    file=file, reason=error.strerror or error
                )
            ) from error
        with stream, _open(stream, limits) as checked:
            yield checked
        return
    if (size := file.seek(0, io.SEEK_END)) > limits.table_bytes:
        raise BadInput(
            _("The table has {size:,} bytes, at most {most:,} are allowed. Leave some rows out.").format(
                size=size, most=limits.table_bytes
            )
        )
    yield file


def _read_lines(stream: BinaryIO, limits: Limits) -> Generator[str, None, None]:
    """Yield the lines with their line ends. Raises BadInput if one is not UTF-8 text, or too long."""
    stream.seek(0)
    reader = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        for number in count(1):
            line = reader.readline(limits.row_characters + 1)
            if not line:
                return
            if len(line) > limits.row_characters:
                raise _make_long_row_error(number, limits)
            if "\0" in line:
                raise _make_utf8_error(number)
            yield line
    except UnicodeDecodeError as error:
        raise _make_utf8_error(_find_bad_line(stream)) from error
    finally:
        reader.detach()


def _find_bad_line(stream: BinaryIO) -> int:
    """Return the line number of the decoding error. The reader decodes in blocks and does not know it."""
    stream.seek(0)
    lines = enumerate(stream, start=1)
    return next((number for number, line in lines if line.decode(errors="ignore").encode() != line), 1)


def _take_first_lines(lines: Iterator[str], limits: Limits) -> list[str]:
    """Return some lines, at least one, with no more characters together than a row may have."""
    taken: list[str] = []
    characters = 0
    for line in islice(lines, _SNIFFED_LINES):
        characters += len(line)
        if taken and characters > limits.row_characters:
            break
        taken.append(line)
    return taken


def _detect_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that gives named columns, or else splits the most rows into the same number of columns, at least two."""

    def score(delimiter: str) -> tuple[bool, int]:
        rows: list[list[str]] = []
        with suppress(csv.Error):  # reported when the whole file is parsed
            rows.extend(row for row in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, row)))
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return bool(rows) and _find_named_columns(rows[0]) is not None, max(widths.values(), default=0)

    best = max(_DELIMITERS, key=score)
    if score(best) == (False, 0):
        raise BadInput(
            _("The table does not have two columns. Write the text, a comma (or ; or tab) and the label in each line.")
        )
    return best


def _parse_rows(lines: Iterator[str], delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of each row. A quoted row may span many lines."""
    characters = 0

    def count_characters() -> Iterator[str]:
        nonlocal characters
        for line in lines:
            characters += len(line)
            if characters > limits.row_characters:
                raise _make_long_row_error(reader.line_num + 1, limits)
            yield line

    reader = csv.reader(count_characters(), delimiter=delimiter)
    while True:
        characters = 0
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _make_long_cell_error(reader.line_num, limits) from error
        if max(map(len, row), default=0) > limits.cell_characters:
            raise _make_long_cell_error(reader.line_num, limits)
        yield reader.line_num, row


def _collect_rows(rows: Iterator[tuple[int, list[str]]], limits: Limits) -> Table:
    table = Table()
    columns: tuple[int, int] | None = None
    may_be_heading = False  # whether the first row could be a heading with unknown names
    for line, cells in rows:
        if not any(map(str.strip, cells)):
            table.skip("empty", line)
            continue
        if columns is None:
            named = _find_named_columns(cells)
            columns, may_be_heading = named or (0, 1), named is None
            if named:
                continue
        text, label = (cells[column] if column < len(cells) else "" for column in columns)
        text, label = _normalize(text), _normalize_label(label)
        if not text or not label:
            table.skip("short", line)
            continue
        table.texts.append(text)
        table.labels.append(label)
        if len(table.texts) > limits.rows:
            raise BadInput(
                _("The table has more than {most:,} rows, which is the maximum. Leave some out.").format(
                    most=limits.rows
                )
            )
    if may_be_heading and len(table.labels) > 1 and table.labels[0] not in table.labels[1:]:
        del table.texts[0], table.labels[0]
    return table


def _find_named_columns(cells: list[str]) -> tuple[int, int] | None:
    """Return the indices of the columns named text and label, if there are such columns."""
    names = [cell.strip().casefold() for cell in cells]
    text = next((i for i, name in enumerate(names) if name in _TEXT_NAMES), None)
    label = next((i for i, name in enumerate(names) if name in _LABEL_NAMES), None)
    return None if text is None or label is None else (text, label)


def _normalize(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def _normalize_label(cell: str) -> str:
    """Replace control characters as well, because labels are printed to terminals."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in _normalize(cell)
    )


def _check_classes(table: Table, limits: Limits) -> None:
    labels = Counter(table.labels)
    if not labels:
        raise BadInput(
            _("The table has no row with a text and a label. Write both in each line, with a comma between.")
        )
    if len(labels) == 1:
        raise BadInput(
            _(
                "Every text has the same label, {label}. A network needs two classes: add texts with another label."
            ).format(label=quote_names(labels))
        )
    if len(labels) > limits.classes:
        raise BadInput(
            _(
                "The label column has {count:,} different labels ({names}), at most {most:,} classes are allowed. Is it the right "
                "column? Name the columns text and label in the first line."
            ).format(count=len(labels), names=quote_names(labels), most=limits.classes)
        )
    if long := [label for label in labels if len(label) > limits.label_characters]:
        raise BadInput(
            _("The label '{label}' is too long for a class: use at most {most} characters.").format(
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    check_enough_samples(labels, limits)


def _make_utf8_error(line: int) -> BadInput:
    return BadInput(
        _("Line {line} of the table is not UTF-8 text. Save it as 'CSV UTF-8' in a spreadsheet program.").format(
            line=line
        )
    )


def _make_long_row_error(line: int, limits: Limits) -> BadInput:
    return BadInput(
        _(
            "Line {line} of the table belongs to a row of more than {most:,} characters. Write only a text and its label in each row."
        ).format(line=line, most=limits.row_characters)
    )


def _make_long_cell_error(line: int, limits: Limits) -> BadInput:
    return BadInput(
        _(
            "A text that ends at line {line} has more than {most:,} characters. Shorten it, or look for an unclosed quotation mark."
        ).format(line=line, most=limits.cell_characters)
    )
