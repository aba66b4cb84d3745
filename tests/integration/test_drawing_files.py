"""`export-drawings` and `import-drawings`, and `predict` on what they write."""

import json
from pathlib import Path

import pytest
from cli_in_process import nn_core
from processes import assert_one_line

from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction
from nn_core.drawings.exchange import pack_lines, store_shared
from nn_core.drawings.pins import Pin
from nn_core.paths import SHIPPED_RUN, get_data_folder

ONE = Drawing(280.0, 18.0, (((140.0, 50.0), (140.0, 230.0)),))
SHARED = [Pin("a1", "my 1", "1", ONE), Correction("1", ONE)]


@pytest.mark.parametrize("ending", ["jsonl", "zip"])
def test_drawings_are_taken_to_another_folder(
    ending: str, corrections_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_shared(SHARED, get_data_folder())
    file = tmp_path / f"mine.{ending}"
    exported = nn_core("export-drawings", file)
    assert (exported.returncode, exported.stdout) == (0, f"{file}\n")
    assert "2 drawings written" in exported.stderr
    if ending == "jsonl":
        assert file.read_bytes() == pack_lines(SHARED)
        answers = nn_core("predict", SHIPPED_RUN, "--drawings", file).stdout.splitlines()
        assert [json.loads(answer)["label"] for answer in answers] == ["1", "1"]
    again = nn_core("import-drawings", file)
    assert (again.returncode, again.stdout) == (0, "")
    assert "0 labelled and 0 pinned drawings imported, 2 were there already" in again.stderr
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "other"))
    assert "1 labelled and 1 pinned drawings imported, 0 were" in nn_core("import-drawings", file).stderr


def test_what_is_wrong_is_said_in_a_line(corrections_file: Path, tmp_path: Path) -> None:
    assert_one_line(nn_core("export-drawings", tmp_path / "mine.txt"), "mine.txt")
    assert_one_line(nn_core("export-drawings", tmp_path / "none" / "mine.zip"), "Cannot write")
    assert_one_line(nn_core("import-drawings", tmp_path / "none.zip"), "Cannot read")
    (tmp_path / "bad.jsonl").write_bytes(pack_lines(SHARED) + b"{}\n")
    assert_one_line(nn_core("import-drawings", tmp_path / "bad.jsonl"), "bad.jsonl, line 3: The drawing has no 'size'")
