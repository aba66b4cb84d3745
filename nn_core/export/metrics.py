"""The metrics of one or several runs as one long table, with a row for each line of their curves and for each test result."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.formatting import protect_cell
from nn_core.runs import RunFolder
from nn_core.runs.metrics import LONGEST_LINE

__all__ = ["MetricsLine", "MetricsRow", "generate_rows", "read_lines", "write_csv", "write_parquet"]

_BATCH_ROWS = 50_000


class MetricsLine(BaseModel):
    """A line of `metrics.jsonl` that belongs to a curve; the file's other lines are not of this kind."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    kind: Literal["train", "validation"]
    step: int = Field(ge=0, lt=2**63)
    epoch: float
    elapsed_seconds: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    r_squared: float | None = None
    learning_rate: float | None = Field(default=None, alias="lr")
    samples_per_second: float | None = None


class MetricsRow(NamedTuple):
    """A row of the table. docs/export.md defines the columns.

    Attributes:
        run: the name of the run's folder.
        title: what pages call the run.
        split: `train`, `validation` or `test`.
        step: completed training steps.
        epoch: completed epochs, with fractions.
        seconds: training time until then, without pauses.
        loss: the mean over the examples of the row.
        accuracy: from 0 to 1; None for a network that does not classify.
        r_squared: at most 1; None for a network that predicts no number.
        learning_rate: of the last step, after the schedule.
        samples_per_second: the training speed.
    """

    run: str
    title: str
    split: str
    step: int
    epoch: float | None
    seconds: float | None
    loss: float | None
    accuracy: float | None
    r_squared: float | None
    learning_rate: float | None
    samples_per_second: float | None


_TEXTS = ("run", "title", "split")


def read_lines(run: RunFolder) -> Iterator[MetricsLine]:
    """Yield the lines of the run's curves; damaged ones are left out. Raises OSError."""
    if not run.metrics_file.exists():
        return
    with run.metrics_file.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            try:
                yield MetricsLine.model_validate_json(line)
            except ValidationError:
                continue  # of another kind, damaged, a part of a line that is too long, or not yet complete


def generate_rows(runs: Sequence[RunFolder], titles: Mapping[str, str]) -> Iterator[MetricsRow]:
    """Yield the rows of the runs, one run after the other.

    Args:
        runs: those to export.
        titles: what pages call them, by the names of their folders.

    Raises:
        OSError: The curves cannot be read.
        DamagedRun: The test results cannot be read.
    """
    for run in runs:
        title = titles.get(run.name, run.name)
        for line in read_lines(run):
            yield MetricsRow(
                run.name,
                title,
                line.kind,
                line.step,
                line.epoch,
                line.elapsed_seconds,
                line.loss,
                line.accuracy,
                line.r_squared,
                line.learning_rate,
                line.samples_per_second,
            )
        status = run.status()
        if result := run.evaluation_of(status):
            yield MetricsRow(
                run.name,
                title,
                "test",
                step=result.step or 0,
                epoch=status.best.epoch if status.best else None,
                seconds=None,
                loss=result.loss,
                accuracy=result.accuracy,
                r_squared=getattr(result, "r_squared", None),
                learning_rate=None,
                samples_per_second=None,
            )


def write_csv(runs: Sequence[RunFolder], titles: Mapping[str, str], target: BinaryIO) -> None:
    """Write the rows as CSV in UTF-8 with a line of column names; unknown values are empty. Raises as `generate_rows`.

    A name that a spreadsheet would compute as a formula gets an apostrophe before it.
    """
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MetricsRow._fields)
    for row in generate_rows(runs, titles):
        writer.writerow(row._replace(run=protect_cell(row.run), title=protect_cell(row.title)))
    text.detach()  # the stream stays open


def write_parquet(runs: Sequence[RunFolder], titles: Mapping[str, str], target: BinaryIO) -> None:
    """Write the rows as a Parquet file. Raises as `generate_rows`."""
    import pyarrow
    from pyarrow import parquet

    types = {**dict.fromkeys(_TEXTS, pyarrow.string()), "step": pyarrow.int64()}
    schema = pyarrow.schema([(name, types.get(name, pyarrow.float64())) for name in MetricsRow._fields])
    with parquet.ParquetWriter(target, schema) as writer:
        for batch in _split_batches(generate_rows(runs, titles)):
            writer.write_table(pyarrow.table(list(zip(*batch, strict=True)), schema=schema))


def _split_batches(rows: Iterable[MetricsRow]) -> Iterator[list[MetricsRow]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH_ROWS)):
        yield batch
