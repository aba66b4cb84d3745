"""Tables on the command line: real files, workbooks, columns and messages."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from cli_in_process import nn_core
from processes import ROOT, assert_one_line
from table_rows import mood_rows
from workbook_files import make_ods, make_xlsx

from nn_core.data.custom.table_import import make_table_dataset
from nn_core.errors import BadInput

CASES = ROOT / "tests" / "support" / "cases" / "tables"
MOODS = {"neg": 20, "pos": 20}
NUMBERS = {"0": 20, "1": 20}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def import_table(file: Path, *options: str) -> dict[str, object]:
    done = nn_core("import-data", file, "--name", "Set", "--json", *options)
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return report


def count_classes(report: dict[str, object]) -> dict[str, int]:
    return {each["label"]: each["train"] + each["test"] for each in report["classes"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "columns", "classes"),
    [
        ("c01-id-label-tweet.csv", ("tweet", "label"), NUMBERS),
        ("c03-label-message-header.csv", ("message", "label"), {"ham": 20, "spam": 20}),
        ("c09-stray-quote.tsv", ("text", "label"), MOODS),
        ("c12-sep-line.csv", ("text", "label"), MOODS),
        ("c14-mnist-pixels.csv", None, {"0": 20, "1": 20, "2": 20}),
        ("c19-unquoted-commas.csv", ("text", "label"), MOODS),
        ("c21-text-sentiment.csv", ("text", "sentiment"), MOODS),
        ("list.jsonl", ("text", "label"), {"x": 10, "y": 10}),
        ("messages.xls", ("message", "label"), {"ham": 6, "spam": 6}),
    ],
)
def test_a_real_file_is_imported_completely(
    name: str, columns: tuple[str, str] | None, classes: dict[str, int]
) -> None:
    report = import_table(CASES / name)
    assert report["columns"] == (columns and {"text": columns[0], "label": columns[1]})
    assert report["kind"] == ("text" if columns else "pictures")
    assert count_classes(report) == classes
    assert report["skipped"] == {}
    assert len(report["warnings"]) == (name in ("c14-mnist-pixels.csv", "c19-unquoted-commas.csv"))  # type: ignore[arg-type]
    for sample in report["samples"]:  # type: ignore[attr-defined]
        assert sample["label"] in classes
        assert not columns or sample["text"] not in classes


def test_a_workbook_gives_its_table(tmp_path: Path) -> None:
    rows: list[list[str | float]] = [["nr", "message", "stars"]]
    rows += [[i, text, float(label == "pos") + 1] for i, (text, label) in enumerate(mood_rows())]
    notes: list[list[str | float]] = [["A survey"], ["of 2024"]]
    (tmp_path / "a.xlsx").write_bytes(make_xlsx({"Notes": notes, "Answers": rows}))
    report = import_table(tmp_path / "a.xlsx")
    assert report["columns"] == {"text": "message", "label": "stars"}
    assert count_classes(report) == {"1": 20, "2": 20}
    assert report["warnings"] == ["The sheet 'Answers' was read; the workbook also has 'Notes'."]
    (tmp_path / "b.ods").write_bytes(make_ods([["label", "text"], *([label, text] for text, label in mood_rows())]))
    assert nn_core("delete-data", "own-set").returncode == 0
    assert count_classes(import_table(tmp_path / "b.ods")) == MOODS


def test_columns_are_chosen_on_the_command_line(tmp_path: Path) -> None:
    lines = ["first comment,second comment,label", *(f"{text},{text} too,{label}" for text, label in mood_rows())]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert_one_line(
        nn_core("import-data", tmp_path / "a.csv", "--name", "Set"),
        "texts: 'first comment', 'second comment'. Choose one with --text-column",
    )
    report = import_table(tmp_path / "a.csv", "--text-column", "second comment", "--label-column", "3")
    assert report["columns"] == {"text": "second comment", "label": "label"}
    assert_one_line(
        nn_core("import-data", tmp_path / "a.csv", "--name", "Other", "--text-column", "words"), "no column 'words'"
    )


def test_warnings_go_to_the_error_output(tmp_path: Path) -> None:
    lines = ["text,label", *(f"{text},{label}" for text, label in mood_rows()), "Hello, world,greeting", "schön,pos"]
    (tmp_path / "a.csv").write_bytes("\n".join(lines).encode("latin-1"))
    done = nn_core("import-data", tmp_path / "a.csv", "--name", "Set")
    assert done.stdout == "own-set\n"
    assert "The texts are from the column 'text', the labels from 'label'." in done.stderr
    assert "1 rows with another number of columns (such as line 42)" in done.stderr
    assert "read as cp1252, for example 'schön,pos' in line 43" in done.stderr


def make_office_file(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (make_office_file(xl__workbook_xml="<x/>"), "workbook cannot be read: it is damaged or too large"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "workbook cannot be read"),
        (make_xlsx({"Empty": []}), "workbook has no rows"),
        (b"PAR1" + b"\0" * 50, "format Parquet"),
        (b"%PDF-1.7\n", "format PDF"),
    ],
)
def test_a_file_that_is_no_table_is_a_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        make_table_dataset(io.BytesIO(content), "Set", tmp_path)


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1000000"])
def test_a_sheet_that_claims_billions_of_cells_takes_neither_the_memory_nor_the_server(
    cell: str, tmp_path: Path
) -> None:
    content = io.BytesIO()
    far = f'<row r="9"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    small = io.BytesIO(make_xlsx({"Sheet": [["text", "label"], ["a", "b"]]}))
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", far))
    started = time.monotonic()
    with pytest.raises(BadInput, match="damaged or too large"):
        make_table_dataset(content, "Set", tmp_path)
    assert time.monotonic() - started < 60


def test_a_downloaded_archive_with_a_table_is_imported_as_the_table(tmp_path: Path) -> None:
    content = (CASES / "c03-label-message-header.csv").read_bytes()
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("spam.csv", content)
    done = nn_core("import-data", tmp_path / "archive.zip", "--name", "Spam", "--json")
    assert "The table 'spam.csv' was unpacked." in done.stderr
    assert count_classes(json.loads(done.stdout.splitlines()[-1])) == {"ham": 20, "spam": 20}
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("train.csv", content)
        archive.writestr("test.csv", content)
    assert_one_line(nn_core("import-data", tmp_path / "two.zip", "--name", "Two"), "2 tables ('train.csv', 'test.csv')")
