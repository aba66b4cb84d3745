"""The table of metrics, read back with the libraries that people use."""

import csv
import io
import json
import math
from pathlib import Path

import pandas
import pytest
from pyarrow import parquet

from nn_core.config import get_preset
from nn_core.export import write_csv, write_parquet
from nn_core.export.metrics import generate_rows
from nn_core.runs import RunFolder, append_metrics, create_run

COLUMNS = "run title split step epoch seconds loss accuracy r_squared learning_rate samples_per_second".split()
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", 'a "quoted", name\nwith a line', "<b>bold</b>", "ניסוי 🚀", "")


def make_run(root: Path, name: str = "one") -> RunFolder:
    """A run with two lines of its curves, and others that do not belong to the table."""
    run = create_run(root, get_preset("simple_net"), name)
    train = {"kind": "train", "step": 1, "epoch": 0.5, "loss": 2.5, "accuracy": 0.25, "lr": 0.01}
    append_metrics(
        run.metrics_file,
        [
            train | {"elapsed_seconds": 0.125, "samples_per_second": None},
            {"kind": "turn", "step": 1, "epoch": 0.5, "lr": 0.02},
            {"kind": "pinned", "step": 1, "epoch": 0.5, "shares": {"a": 1}},
            {
                "kind": "validation",
                "step": 2,
                "epoch": 1.0,
                "loss": 1.5,
                "accuracy": None,
                "r_squared": -0.5,
                "lr": 0.02,
            },
        ],
    )
    return run


def read_csv(runs: list[RunFolder], titles: dict[str, str]) -> pandas.DataFrame:
    written = io.BytesIO()
    write_csv(runs, titles, written)
    written.seek(0)
    return pandas.read_csv(written)


def read_parquet(runs: list[RunFolder], titles: dict[str, str]) -> pandas.DataFrame:
    written = io.BytesIO()
    write_parquet(runs, titles, written)
    written.seek(0)
    return parquet.read_table(written).to_pandas()


@pytest.mark.parametrize("read", [read_csv, read_parquet])
def test_pandas_reads_every_line_of_the_curves(read: type, tmp_path: Path) -> None:
    runs = [make_run(tmp_path, "one"), make_run(tmp_path, "two")]
    table = read(runs, {"one": "The first", "two": "two"})
    assert list(table.columns) == COLUMNS
    assert list(table.run) == ["one", "one", "two", "two"]
    assert list(table.title) == ["The first", "The first", "two", "two"]
    assert list(table.split) == ["train", "validation"] * 2
    assert list(table.step) == [1, 2, 1, 2]
    assert table.step.dtype == "int64"
    first, second = table.iloc[0], table.iloc[1]
    assert (first.epoch, first.seconds, first.loss, first.accuracy, first.learning_rate) == (
        0.5,
        0.125,
        2.5,
        0.25,
        0.01,
    )
    assert math.isnan(first.samples_per_second)
    assert math.isnan(first.r_squared)
    assert math.isnan(second.accuracy)
    assert math.isnan(second.seconds), "older versions wrote no time"
    assert second.r_squared == -0.5


def test_a_finished_run_ends_with_its_test_result(finished_run: RunFolder) -> None:
    *curve, last = generate_rows([finished_run], {})
    assert [row.split for row in curve].count("validation") == 2
    evaluation, status = finished_run.evaluation(), finished_run.status()
    assert evaluation is not None
    assert status.best is not None
    assert (last.split, last.accuracy, last.loss) == ("test", evaluation.accuracy, evaluation.loss)
    assert (last.step, last.epoch) == (status.best.step, status.best.epoch)
    lines = [json.loads(line) for line in finished_run.metrics_file.read_bytes().splitlines()]
    assert [row.loss for row in curve] == [line["loss"] for line in lines if line["kind"] in ("train", "validation")]


def test_a_run_without_curves_has_no_rows(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"), "new")
    assert list(read_csv([run], {}).columns) == COLUMNS
    assert len(read_parquet([run], {})) == 0


def test_damaged_and_endless_lines_are_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with run.metrics_file.open("ab") as stream:
        stream.write(b'{"kind": "train", "step": -1}\n\xff\xfe\n' + b"9" * 200_000 + b"\n")
        stream.write(
            b'{"kind": "train", "step": 3, "epoch": 1.5, "loss": NaN, "accuracy": null, "lr": 0.02}\n{"kind": "tra'
        )
    assert [row.step for row in generate_rows([run], {})] == [1, 2, 3]
    assert math.isnan(read_csv([run], {}).loss[2])


@pytest.mark.parametrize("title", HOSTILE)
def test_no_spreadsheet_computes_a_name(title: str, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    written = io.BytesIO()
    write_csv([run], {"one": title}, written)
    rows = list(csv.DictReader(io.StringIO(written.getvalue().decode(), newline="")))
    assert len(rows) == 2
    shown = rows[0]["title"]
    assert not shown.startswith(("=", "+", "-", "@"))
    assert shown.removeprefix("'") == title
    assert list(read_parquet([run], {"one": title}).title) == [title] * 2, "types protect it there"
