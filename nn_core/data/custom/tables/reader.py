"""Reads the texts and labels of a table. Every row is imported, or counted as left out."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nn_core.data.custom.metadata import Columns as ColumnTitles
from nn_core.data.custom.metadata import describe_skipped
from nn_core.data.custom.tables.columns import Columns, select_columns
from nn_core.data.custom.tables.overview import Overview
from nn_core.data.custom.tables.repair import RowRepair
from nn_core.data.custom.tables.rows import Row, TableRows
from nn_core.data.custom.validation import Limits, check_enough_samples, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Table", "check_classes", "collect_rows", "normalize_label", "read_columns"]

_MANY_LABELS = 10  # more are suspicious if most of them occur once


@dataclass
class Table:
    """The texts and labels of a table.

    Attributes:
        texts: of every row that has a text and a label.
        labels: of the same rows.
        columns: the names of the two columns; None for pictures.
        skipped: the number of other rows, by reason (see `metadata.SKIPPED`).
        skipped_line: the line number of the first of them, by reason.
        warnings: sentences about what was repaired or assumed.
    """

    columns: ColumnTitles | None = None
    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_line: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def skip(self, reason: str, line: int) -> None:
        """Count a row that is skipped."""
        self.skipped[reason] += 1
        self.skipped_line[reason] = min(line, self.skipped_line.get(reason, line))

    @property
    def skipped_example(self) -> dict[str, str]:
        """The first skipped row in words, by reason."""
        return {reason: _("line {line}").format(line=line) for reason, line in self.skipped_line.items()}

    def describe_skipped(self) -> list[str]:
        """Return a sentence about the skipped rows, if there are any."""
        return describe_skipped(self.skipped, self.skipped_example)


def read_columns(
    rows: TableRows,
    overview: Overview,
    text_column: str | int | None,
    label_column: str | int | None,
    limits: Limits,
) -> Table:
    """Read the texts and labels of a table, and check the classes.

    Args:
        rows: of the table.
        overview: of the same table.
        text_column: its name or number, counted from 1. If None, it is chosen by name and content.
        label_column: the same.
        limits: what is allowed.

    Raises:
        BadInput: the columns do not exist or are unclear, or the classes are unusable.
    """
    text, label = select_columns(overview.columns, text_column, label_column)
    table = collect_rows(rows, overview, text, label, limits)
    check_classes(table, overview.columns, label, limits)
    return table


def collect_rows(rows: TableRows, overview: Overview, text: int, label: int, limits: Limits) -> Table:
    """Collect the texts and labels, and repair rows with too many cells where that is safe.

    Args:
        rows: of the table.
        overview: of the same table.
        text: the column of the texts, counted from 0.
        label: the column of the labels.
        limits: what is allowed.
    """
    columns = overview.columns
    table = Table(
        ColumnTitles(text=columns.get_title(text), label=columns.get_title(label)), warnings=list(overview.warnings)
    )
    width, last_line = overview.heading.width, overview.heading.last_line
    normalized = _LabelCache()
    odd: list[tuple[int, Row]] = []  # with the number of texts before it
    for row in rows.read():
        line, cells = row
        if line <= last_line:
            continue
        if len(cells) != width:
            if not any(map(str.strip, cells)):
                table.skip("empty", line)
                continue
            if len(cells) < width or any(map(str.strip, cells[width:])):
                odd.append((len(table.texts), row))
                continue
        _add_row(table, line, cells[text], normalized[cells[label]], cells)
        if len(table.texts) > limits.rows:
            raise BadInput(
                _("The table has more than {most:,} rows, which is the maximum. Leave some out.").format(
                    most=limits.rows
                )
            )
    _restore_first_row(table, overview, text, label, normalized)
    if odd:
        repair = RowRepair(columns, text, label, rows.delimiter, frozenset(table.labels))
        _add_odd_rows(table, odd, repair.learn_labels([cells for _before, (_line, cells) in odd], limits), normalized)
    for line in rows.bad_lines:
        table.skip("not_json", line)
    table.warnings += normalized.describe_variants()
    return table


class _LabelCache(dict[str, str]):
    """Normalises each label once."""

    def __missing__(self, cell: str) -> str:
        self[cell] = label = normalize_label(cell)
        return label

    def describe_variants(self) -> list[str]:
        """Return sentences about labels that differ only in spaces or in case."""
        spellings: defaultdict[str, set[str]] = defaultdict(set)
        cases: defaultdict[str, set[str]] = defaultdict(set)
        for cell, label in self.items():
            spellings[label].add(cell)
            cases[label.casefold()].add(label)
        sentences = []
        if spaced := [cell for label, cells in spellings.items() if label in cells for cell in cells - {label}]:
            sentences.append(
                _("Labels that differ only in spaces are one class: {names}.").format(names=quote_names(sorted(spaced)))
            )
        if cased := [sorted(labels) for labels in cases.values() if len(labels) > 1]:
            sentences.append(
                _(
                    "The labels {names} differ only in upper and lower case, and are different classes. Write them the same way if "
                    "they mean the same."
                ).format(names=quote_names(cased[0]))
            )
        return sentences


def _add_row(table: Table, line: int, text: str, label: str, cells: Sequence[str]) -> None:
    text = _normalize(text)
    if text and label:
        table.texts.append(text)
        table.labels.append(label)
    else:
        table.skip("short" if any(map(str.strip, cells)) else "empty", line)


def _restore_first_row(table: Table, overview: Overview, text: int, label: int, normalized: _LabelCache) -> None:
    """Add what was taken for a heading, if its label occurs as a label."""
    row = overview.heading.row
    if row is None or not overview.heading.is_guessed:
        return
    first = normalized[row[1][label]]
    if first in set(table.labels) and (content := _normalize(row[1][text])):
        table.texts.insert(0, content)
        table.labels.insert(0, first)
    else:
        del normalized[row[1][label]]


def _add_odd_rows(table: Table, odd: list[tuple[int, Row]], repair: RowRepair, normalized: _LabelCache) -> None:
    """Add rows with another number of cells at their place, or count them."""
    texts, labels, position = table.texts, table.labels, 0
    table.texts, table.labels = [], []
    repaired: list[int] = []
    for before, (line, cells) in odd:
        table.texts += texts[position:before]
        table.labels += labels[position:before]
        position = before
        if fitted := repair.fit(cells, normalized):
            _add_row(table, line, fitted[0], fitted[1], cells)
            repaired.append(line)
        else:
            table.skip("short" if sum(map(bool, map(str.strip, cells))) < 2 else "width", line)
    table.texts += texts[position:]
    table.labels += labels[position:]
    if repaired:
        table.warnings.append(
            _(
                "{count:,} rows have another number of columns, because their text has a '{delimiter}' but no quotes, or because empty "
                "columns are missing. Their labels are known, so they were put together and imported; the first is line {line}."
            ).format(count=len(repaired), delimiter=repair.delimiter, line=repaired[0])
        )


def _normalize(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def normalize_label(cell: str) -> str:
    """Join white space to single spaces and replace control characters, because labels are printed to terminals."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in _normalize(cell)
    )


def check_classes(table: Table, columns: Columns, label: int, limits: Limits) -> None:
    """Check that there are two classes with enough texts each. Raises BadInput otherwise."""
    labels = Counter(table.labels)
    if not labels:
        raise BadInput(
            " ".join(
                [
                    _("The table has no row with a text and a label. Write both in each line, with a comma between."),
                    *table.describe_skipped(),
                ]
            )
        )
    if len(labels) == 1:
        raise BadInput(
            _(
                "Every text has the same label, {label}. A network needs two classes: add texts with another label."
            ).format(label=quote_names(labels))
        )
    column = shorten(columns.get_title(label))
    if len(labels) > limits.classes:
        raise BadInput(
            _(
                "The label column '{column}' has {count:,} different labels ({names}), at most {most:,} classes are allowed. Is it the "
                "right column? Choose another one."
            ).format(column=column, count=len(labels), names=quote_names(labels), most=limits.classes)
        )
    if len(labels) > _MANY_LABELS and 2 * len(labels) > len(table.labels):
        raise BadInput(
            _(
                "The label column '{column}' has {count:,} different values in {rows:,} rows ({names}), so it does not name classes. "
                "Choose another column of labels."
            ).format(column=column, count=len(labels), rows=len(table.labels), names=quote_names(labels))
        )
    if long := [label for label in labels if len(label) > limits.label_characters]:
        raise BadInput(
            _("The label '{label}' is too long for a class: use at most {most} characters.").format(
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    check_enough_samples(labels, limits, [*table.describe_skipped(), *table.warnings])
