"""Fits rows with another number of cells to the columns, if nothing speaks against it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nn_core.data.custom.tables.column_content import is_number
from nn_core.data.custom.tables.columns import Columns
from nn_core.data.custom.validation import Limits

__all__ = ["RowRepair", "join_surplus"]

_MOSTLY = 0.95
_NEARLY_ALL = 0.9
_FEW_LABELS = 30


@dataclass(frozen=True)
class RowRepair:
    """What is known about regular rows.

    Attributes:
        columns: of the table.
        text: the column of the texts.
        label: the column of the labels.
        delimiter: between cells.
        labels: of the regular rows.
    """

    columns: Columns
    text: int
    label: int
    delimiter: str
    labels: frozenset[str]

    def fit(self, cells: list[str], normalized: Mapping[str, str]) -> tuple[str, str] | None:
        """Return the text and the label of a row; None unless the label is known and the other cells fit their columns.

        Surplus cells are joined to the text, as they come from delimiters in a text without quotes. Missing cells at the end are
        those of empty columns.
        """
        cells = self._join_surplus(cells)
        if max(self.text, self.label) >= len(cells) or not cells[self.text].strip():
            return None
        label = normalized[cells[self.label]] if cells[self.label].strip() else ""
        if label not in self.labels or not self._are_usual(cells):
            return None
        return cells[self.text], label

    def learn_labels(self, rows: Sequence[list[str]], limits: Limits) -> "RowRepair":
        """Return a repair that also knows the labels of rows with surplus cells, if they are few and nearly all are frequent.

        Otherwise nothing would be known of a class whose texts all have a delimiter.
        """
        surplus = [self._join_surplus(cells) for cells in rows if len(cells) > len(self.columns.names)]
        counts = Counter(" ".join(cells[self.label].split()) for cells in surplus)
        frequent = {label for label, count in counts.items() if count >= limits.smallest_class and label}
        known = sum(count for label, count in counts.items() if label in frequent or label in self.labels)
        if not frequent or known < _NEARLY_ALL * len(surplus) or len(frequent) > _FEW_LABELS:
            return self
        return replace(self, labels=self.labels | frequent)

    def _join_surplus(self, cells: list[str]) -> list[str]:
        return join_surplus(cells, len(self.columns.names), self.text, self.delimiter)

    def _are_usual(self, cells: list[str]) -> bool:
        for column, cell in enumerate(cells):
            content = self.columns.contents[column]
            if column in (self.text, self.label) or not cell.strip():
                continue
            if content.numbers > _MOSTLY and not is_number(cell.strip()):
                return False
            if content.values and len(content.values) == content.distinct and cell.strip() not in content.values:
                return False
        return True


def join_surplus(cells: list[str], width: int, text: int, delimiter: str) -> list[str]:
    """Join the surplus cells of a row to its text.

    Args:
        cells: of the row.
        width: the number of columns of the table.
        text: the column of the texts.
        delimiter: between cells.
    """
    surplus = len(cells) - width
    if surplus <= 0:
        return cells
    end = text + surplus + 1
    return [*cells[:text], delimiter.join(cells[text:end]), *cells[end:]]
