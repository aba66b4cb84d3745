"""Reads the sheets of a workbook (xlsx, xls, ods) in a child process, which a damaged or hostile file may exhaust.

A few bytes can declare a sheet of billions of cells, so the child has a limit of memory and of time.
"""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from nn_core.data.custom.tables.column_names import are_named
from nn_core.data.custom.tables.delimited import Row
from nn_core.data.custom.validation import Limits, quote_names
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import PROJECT
from nn_core.zip_safety import read_central_directory

__all__ = ["Sheet", "choose_sheet", "is_workbook", "read_sheets"]

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Excel before 2007, and encrypted workbooks
_MEMORY_BYTES = 3 * 2**30
_SECONDS = 120
_PASSWORD = 3  # the child's exit status
_DIRECTORY_BYTES = 1_000_000
_HEADING_ROWS = 10


@dataclass
class Sheet:
    """A sheet's name and its rows that are not empty."""

    name: str
    rows: list[Row] = field(default_factory=list)


def is_workbook(stream: BinaryIO) -> bool:
    """Return whether the file is a workbook, by its content. Other Office files are none."""
    stream.seek(0)
    start = stream.read(len(_OLE))
    if start == _OLE:
        return True
    if not start.startswith(b"PK\3\4"):
        return False
    with suppress(zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        if read_central_directory(stream).size > _DIRECTORY_BYTES:
            return False
        with zipfile.ZipFile(stream) as archive:
            names = {name.casefold() for name in archive.namelist()}
            if {"xl/workbook.xml", "xl/workbook.bin"} & names:
                return True
            return {"content.xml", "mimetype"} <= names and b"spreadsheet" in archive.open("mimetype").read(100)
    return False


def read_sheets(stream: BinaryIO, limits: Limits) -> list[Sheet]:
    """Read every visible sheet.

    Raises:
        BadInput: the workbook is damaged, has a password, or is too large.
    """
    stream.seek(0)
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output:
        while block := stream.read(1 << 20):
            source.write(block)
        source.seek(0)
        try:
            status = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "nn_core.data.custom.tables.workbook",
                    str(limits.rows),
                    str(limits.table_bytes),
                ],
                cwd=PROJECT,
                stdin=source,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired:
            status = -1
        output.seek(0)
        sheets = list(_parse_output(output)) if status == 0 else []
    if status == _PASSWORD:
        raise BadInput(_("The workbook has a password. Save it without one, or save the sheet as CSV (UTF-8)."))
    if status != 0:
        raise BadInput(
            _(
                "The workbook cannot be read: it is damaged or too large. Save it again, or save the sheet as CSV (UTF-8)."
            )
        )
    return sheets


def _parse_output(output: BinaryIO) -> Iterator[Sheet]:
    sheet = None
    for line in output:
        content = json.loads(line)
        if isinstance(content, str):
            if sheet:
                yield sheet
            sheet = Sheet(content)
        elif sheet:
            sheet.rows.append((content[0], content[1]))
    if sheet:
        yield sheet


def choose_sheet(sheets: list[Sheet]) -> tuple[list[Row], list[str]]:
    """Return the rows of the sheet with named columns, or else with the most rows, and a sentence if there was a choice."""

    def rate(sheet: Sheet) -> tuple[bool, int]:
        is_named = any(are_named(cells) for _line, cells in sheet.rows[:_HEADING_ROWS])
        return is_named, sum(sum(map(bool, cells)) > 1 for _line, cells in sheet.rows)

    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise BadInput(_("The workbook has no rows. Write a text and its label in each row."))
    best = max(filled, key=rate)
    others = quote_names(sheet.name for sheet in filled if sheet is not best)
    warning = _("The sheet '{name}' was read; the workbook also has {others}.").format(name=best.name, others=others)
    return best.rows, [warning] if others else []


def _to_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _print_sheets(max_rows: int, max_characters: int) -> int:
    """Print a JSON text for each sheet's name and a list [line, cells] for each row; return the exit status."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    try:
        workbook = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        for sheet in workbook.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet or sheet.visible != SheetVisibleEnum.Visible:
                continue
            print(json.dumps(sheet.name))
            content = workbook.get_sheet_by_name(sheet.name)
            first = (content.start or (0, 0))[0] + 1
            for number, row in enumerate(content.to_python(nrows=max_rows + 100), start=first):
                cells = [_to_text(value) for value in row]
                max_characters -= sum(map(len, cells))
                if max_characters < 0:
                    return 1
                if any(cells):
                    print(json.dumps([number, cells]))
    except PasswordError:
        return _PASSWORD
    except (CalamineError, ValueError, OverflowError):
        return 1
    return 0


def _limit_resources() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_resources()
    sys.exit(_print_sheets(int(sys.argv[1]), int(sys.argv[2])))
