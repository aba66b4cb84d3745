"""Custom data sets on the command line, and on a disk that is full."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from archive_files import CHINESE, YEARS, dots, folders, pack_undeclared, pack_zip
from cli_in_process import nn_core
from custom_files import classes, greetings, table, zipped
from processes import ROOT, assert_one_line

from nn_core.data.custom.example_archive import make_example_zip


def test_a_full_disk_gives_a_message_and_leaves_nothing(tmp_path: Path) -> None:
    """The process may write files of 50 kB at most, as if the disk were full."""
    (tmp_path / "set.zip").write_bytes(zipped(classes(20)).getvalue())
    script = (
        "import sys; from pathlib import Path; from nn_core.data.custom.picture_import import make_picture_dataset\n"
        f"make_picture_dataset(Path({str(tmp_path / 'set.zip')!r}), 'Full', Path({str(tmp_path)!r}), side=64, colour=True)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert "StorageFailed: Cannot store the data set" in result.stderr
    assert list((tmp_path / "own").iterdir()) == []


# The command line


def test_the_command_line_asks_what_is_unclear_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))

    def import_data(content: bytes, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pets.zip").write_bytes(content)
        return nn_core("import-data", tmp_path / "pets.zip", "--name", "Pets", *options)

    assert_one_line(import_data(pack_zip(YEARS)), "--classes outer|inner")
    assert_one_line(import_data(pack_undeclared(CHINESE, "gbk")), "gbk (Simplified Chinese): '圆', '叉'")
    assert_one_line(import_data(b"7z\xbc\xaf\x27\x1c"), "'pets.zip' is in the format 7z")
    report = json.loads(import_data(pack_zip(YEARS), "--classes", "inner", "--json").stdout)
    assert [each["label"] for each in report["classes"]] == ["cat", "dog"]
    assert report["samples"][0] == {"label": "cat", "text": None, "file": "2023/cat/0.png"}
    nn_core("delete-data", "own-pets")
    chosen = import_data(pack_undeclared(CHINESE, "gbk"), "--names-encoding", "gbk", "--json")
    assert [each["label"] for each in json.loads(chosen.stdout)["classes"]] == ["叉", "圆"]


def test_the_command_line_imports_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    for name, content in folders("train/cat", "train/dog").items():
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(content)
    (tmp_path / "pets" / "test").mkdir()
    (tmp_path / "pets" / "test" / "1.png").write_bytes(dots())
    report = json.loads(nn_core("import-data", tmp_path / "pets", "--name", "Pets", "--json").stdout)
    assert [(each["label"], each["train"] + each["test"]) for each in report["classes"]] == [("cat", 6), ("dog", 6)]
    assert report["skipped"] == {"unlabelled": 1}
    assert "Only one split" in report["warnings"][0]


def test_the_command_line_imports_lists_trains_and_deletes(
    tmp_path: Path, runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    (tmp_path / "shapes.zip").write_bytes(make_example_zip())
    (tmp_path / "greetings.csv").write_bytes(table(greetings()))
    shapes = nn_core("import-data", tmp_path / "shapes.zip", "--name", "Shapes", "--colour", "--size", 32)
    assert (shapes.returncode, shapes.stdout) == (0, "own-shapes\n"), shapes.stderr
    assert "90 examples of 3 classes (circles 30, crosses 30, squares 30)" in shapes.stderr
    texts = nn_core("import-data", tmp_path / "greetings.csv", "--name", "Greetings", "--length", 20)
    assert texts.stdout == "own-greetings\n"
    report = json.loads(
        nn_core("import-data", tmp_path / "shapes.zip", "--name", "Again", "--json").stdout.splitlines()[-1]
    )
    assert {key: report[key] for key in ("name", "kind", "columns", "skipped", "warnings")} == {
        "name": "own-again",
        "kind": "pictures",
        "columns": None,
        "skipped": {},
        "warnings": [],
    }
    assert [(each["label"], each["train"] + each["test"]) for each in report["classes"]] == [
        ("circles", 30),
        ("crosses", 30),
        ("squares", 30),
    ]
    assert report["samples"][0]["file"].startswith("shapes/circles/")
    listed = {entry["name"]: entry for entry in json.loads(nn_core("datasets", "--json").stdout)}
    assert listed["own-shapes"]["shape"] == [3, 32, 32]
    assert listed["own-greetings"]["shape"] == [20]
    assert {"mnist", "mnist_sample"} <= set(listed)
    settings = ("data.name=own-shapes", "training.epochs=1", "training.device=cpu")
    run = nn_core(
        "train", "--preset", "simple_net", "--name", "shapes", *(part for s in settings for part in ("--set", s))
    )
    assert run.returncode == 0, run.stderr
    assert json.loads((runs_root / "shapes" / "evaluation.json").read_text())["classes"] == [
        "circles",
        "crosses",
        "squares",
    ]
    assert nn_core("delete-data", "own-shapes").returncode == 0
    assert_one_line(nn_core("evaluate", "shapes"), "no data set 'own-shapes' here")
    assert_one_line(nn_core("delete-data", "own-shapes"), "may have been deleted")
    assert_one_line(nn_core("delete-data", "mnist"), "not a custom data set")
    assert_one_line(nn_core("import-data", tmp_path / "nothing.zip", "--name", "x"), "cannot be opened")
    assert_one_line(nn_core("import-data", tmp_path / "greetings.csv", "--name", "greetings"), "already")
