"""Tables as people have them are read completely, with the right columns."""

import io
from collections import Counter

import pytest
from table_cases import TABLES
from table_rows import TableCase

from nn_core.data.custom import LIMITS
from nn_core.data.custom.tables.overview import inspect_rows
from nn_core.data.custom.tables.reader import Table, read_columns
from nn_core.data.custom.tables.rows import open_rows


def read(content: bytes, text: str | None = None, label: str | None = None) -> Table:
    with open_rows(io.BytesIO(content), LIMITS) as rows:
        return read_columns(rows, inspect_rows(rows, LIMITS), text, label, LIMITS)


@pytest.mark.parametrize("case", TABLES.values(), ids=TABLES)
def test_a_table_is_read_completely(case: TableCase) -> None:
    table = read(case.content)
    assert table.columns
    assert (table.columns.text, table.columns.label) == (case.text, case.label)
    assert dict(Counter(table.labels)) == case.labels
    assert table.texts[: len(case.first)] == list(case.first)
    assert dict(table.skipped) == case.skipped
    assert len(table.warnings) == len(case.warnings), table.warnings
    for part, warning in zip(case.warnings, table.warnings, strict=True):
        assert part in warning
