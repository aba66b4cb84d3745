"""Reads a CSV of text and label, as spreadsheets and other programs write them."""

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
_DELIMITERS = "\t;,"  # the rarer in texts, the earlier
_SNIFFED_LINES = 200


@dataclass(frozen=True)
class Table:
    """texts and labels: one each for every row that has both; skipped: the number of other rows, and the first one's line."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_line: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str, line: int) -> None:
        self.skipped[reason] += 1
        self.skipped_line.setdefault(reason, line)


def read_table(file: Path | BinaryIO, limits: Limits) -> Table:
    """UTF-8, columns set apart by tab, ';' or ','. The columns are those named text and label, or else the first two.

    Raises BadInput for what is no such file, for fewer than two classes, and for a class of too few different texts.
    """
    with _opened(file, limits) as stream:
        with closing(_lines(stream, limits)) as lines:
            delimiter = _sniff(_beginning(lines, limits))
        with closing(_lines(stream, limits)) as lines:
            table = _taken(_rows(lines, delimiter, limits), limits)
    _must_be_classes(table, limits)
    return table


@contextmanager
def _opened(file: Path | BinaryIO, limits: Limits) -> Iterator[BinaryIO]:
    if isinstance(file, Path):
        try:
            stream = file.open("rb")
        except OSError as error:
            raise BadInput(
                _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                    file=file, reason=error.strerror or error
                )
            ) from error
        with stream, _opened(stream, limits) as checked:
            yield checked
        return
    if (size := file.seek(0, io.SEEK_END)) > limits.table_bytes:
        raise BadInput(
            _("The table has {size:,} bytes, at most {most:,} are taken. Leave some rows out.").format(
                size=size, most=limits.table_bytes
            )
        )
    yield file


def _lines(stream: BinaryIO, limits: Limits) -> Generator[str, None, None]:
    """The file's lines with their ends. Raises BadInput at one that is not UTF-8 text, or too long."""
    stream.seek(0)
    reader = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        for number in count(1):
            line = reader.readline(limits.row_characters + 1)
            if not line:
                return
            if len(line) > limits.row_characters:
                raise _endless_row(number, limits)
            if "\0" in line:
                raise _not_utf8(number)
            yield line
    except UnicodeDecodeError as error:
        raise _not_utf8(_first_bad_line(stream)) from error
    finally:
        reader.detach()


def _first_bad_line(stream: BinaryIO) -> int:
    """Text is decoded in blocks, which does not tell the line."""
    stream.seek(0)
    return next((number for number, line in enumerate(stream, start=1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _beginning(lines: Iterator[str], limits: Limits) -> list[str]:
    """A few lines, no more than a row may have characters, but one at least."""
    taken: list[str] = []
    characters = 0
    for line in islice(lines, _SNIFFED_LINES):
        characters += len(line)
        if taken and characters > limits.row_characters:
            break
        taken.append(line)
    return taken


def _sniff(beginning: Sequence[str]) -> str:
    """The delimiter that cuts the most rows of these lines into the same number of columns, of two or more."""
    best, best_score = "", (0, 0)
    for delimiter in _DELIMITERS:
        rows: list[list[str]] = []
        with suppress(csv.Error):  # told when the row is read in earnest
            rows.extend(row for row in csv.reader(beginning, delimiter=delimiter) if any(map(str.strip, row)))
        widths = Counter(len(row) for row in rows)
        agreeing = max((count for width, count in widths.items() if width > 1), default=0)
        score = (int(bool(rows) and _named_columns(rows[0]) is not None), agreeing)
        if score > best_score:
            best, best_score = delimiter, score
    if not best:
        raise BadInput(
            _("The table has no two columns. Write the text, a comma (or ; or tab) and the label in each line.")
        )
    return best


def _rows(lines: Iterator[str], delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row. One in quotation marks may go over many lines."""
    characters = 0

    def counted() -> Iterator[str]:
        nonlocal characters
        for line in lines:
            characters += len(line)
            if characters > limits.row_characters:
                raise _endless_row(reader.line_num + 1, limits)
            yield line

    reader = csv.reader(counted(), delimiter=delimiter)
    while True:
        characters = 0
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _endless_cell(reader.line_num, limits) from error
        if max(map(len, row), default=0) > limits.cell_characters:
            raise _endless_cell(reader.line_num, limits)
        yield reader.line_num, row


def _taken(rows: Iterator[tuple[int, list[str]]], limits: Limits) -> Table:
    table = Table()
    columns: tuple[int, int] | None = None
    doubtful = False  # whether the first row may be a heading after all
    for line, cells in rows:
        if not any(map(str.strip, cells)):
            table.skip("empty", line)
            continue
        if columns is None:
            named = _named_columns(cells)
            columns, doubtful = named or (0, 1), named is None
            if named:
                continue
        text, label = (cells[column] if column < len(cells) else "" for column in columns)
        text, label = _tidy(text), _tidy_label(label)
        if not text or not label:
            table.skip("short", line)
            continue
        table.texts.append(text)
        table.labels.append(label)
        if len(table.texts) > limits.rows:
            raise BadInput(
                _("The table has more than {most:,} rows, which is the most that is taken. Leave some out.").format(
                    most=limits.rows
                )
            )
    if doubtful and len(table.labels) > 1 and table.labels[0] not in table.labels[1:]:
        del table.texts[0], table.labels[0]
    return table


def _named_columns(cells: list[str]) -> tuple[int, int] | None:
    """Where the columns called text and label are."""
    names = [cell.strip().casefold() for cell in cells]
    text = next((i for i, name in enumerate(names) if name in _TEXT_NAMES), None)
    label = next((i for i, name in enumerate(names) if name in _LABEL_NAMES), None)
    return None if text is None or label is None else (text, label)


def _tidy(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def _tidy_label(cell: str) -> str:
    """It is printed and shown as a name: signs that a terminal would obey are none."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in _tidy(cell))


def _must_be_classes(table: Table, limits: Limits) -> None:
    labels = Counter(table.labels)
    if not labels:
        raise BadInput(
            _("The table has no row with a text and a label. Write both in each line, with a comma between.")
        )
    if len(labels) == 1:
        raise BadInput(
            _("Every text has the same label, {label}. A network tells classes apart: add texts of another.").format(
                label=quote_names(labels)
            )
        )
    if len(labels) > limits.classes:
        raise BadInput(
            _(
                "The label column has {count:,} different labels ({names}), at most {most:,} classes are taken. Is it the right "
                "column? Call the columns text and label in the first line."
            ).format(count=len(labels), names=quote_names(labels), most=limits.classes)
        )
    if long := [label for label in labels if len(label) > limits.label_characters]:
        raise BadInput(
            _("The label '{label}' is too long for a class: use at most {most} letters.").format(
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    check_enough_samples(labels, limits)


def _not_utf8(line: int) -> BadInput:
    return BadInput(
        _("Line {line} of the table is not UTF-8 text. Save it again as 'CSV UTF-8', as every spreadsheet can.").format(
            line=line
        )
    )


def _endless_row(line: int, limits: Limits) -> BadInput:
    return BadInput(
        _(
            "Line {line} of the table belongs to a row of more than {most:,} characters. Write a text and its label in each row, and "
            "nothing else."
        ).format(line=line, most=limits.row_characters)
    )


def _endless_cell(line: int, limits: Limits) -> BadInput:
    return BadInput(
        _(
            "A text that ends at line {line} has more than {most:,} characters. Shorten it, or look for a quotation mark that is "
            "opened and never closed."
        ).format(line=line, most=limits.cell_characters)
    )
