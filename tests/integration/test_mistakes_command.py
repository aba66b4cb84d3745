"""The option --mistakes of the command evaluate."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
from cli_in_process import command
from untrained_runs import untrained_run

from nn_core.runs import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return untrained_run(tmp_path_factory.mktemp("runs"), "simple_net", "data.name=digits_8x8", "model.hidden=6")


def test_the_list_has_all_mistakes_of_the_evaluation(run: RunFolder, tmp_path: Path) -> None:
    answer = command("evaluate", run.path, "--json", "--mistakes", tmp_path / "m.csv")
    assert answer.code == 0
    report = json.loads(answer.out)
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = report["samples"] - round(report["accuracy"] * report["samples"])
    assert len(rows) == wrong
    assert f"{wrong:,} examples written to {tmp_path / 'm.csv'}." in answer.err
    confidence = [float(row["confidence"]) for row in rows]
    assert confidence == sorted(confidence, reverse=True)
    for pair in report["confusions"]:
        same = [row for row in rows if (row["true"], row["predicted"]) == (pair["true"], pair["predicted"])]
        assert len(same) == pair["count"]
    assert command("evaluate", run.path, "--mistakes", tmp_path / "m.zip").code == 0
    assert len(zipfile.ZipFile(tmp_path / "m.zip").namelist()) == wrong + 1


def test_another_ending_is_refused_before_anything_is_computed(run: RunFolder, tmp_path: Path) -> None:
    answer = command("evaluate", run.path, "--mistakes", tmp_path / "m.xlsx")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"Cannot write the mistakes to '{tmp_path / 'm.xlsx'}': the name must end with .csv or .zip. Use for example 'm.csv'.\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_one_line(run: RunFolder, tmp_path: Path) -> None:
    answer = command("evaluate", run.path, "--mistakes", tmp_path / "none" / "m.csv")
    assert (answer.code, answer.out) == (2, "")
    assert "No such file or directory. Choose a folder that exists" in answer.err
