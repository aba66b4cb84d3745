"""Runs with many classes: on short texts that contain a sign of their class, and with a matrix as large as wanted."""

import io
from pathlib import Path

import numpy as np

from nn_core.atomic_io import replace_json
from nn_core.config import apply_settings, get_preset
from nn_core.data.custom.table_import import make_table_dataset
from nn_core.jobs.runner import run_worker
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.runs.reports import ClassificationReport

__all__ = ["HOSTILE", "make_many_texts", "make_sparse_matrix", "train_on_texts", "write_matrix"]

HOSTILE = ("<b>bold</b>", "$x^2$ **strong**", "=1+1", "שלום עולם", "🦊 fox", "a" * 90)
"""Names of classes, of which nothing is markup, a formula or an emoji code."""


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


def make_many_texts(folder: Path, count: int, examples: int = 10) -> str:
    """Make a data set of texts with so many classes, the first of them with hostile names; return its name."""
    random = np.random.default_rng(0)
    names = [*HOSTILE, *(f"species {number}" for number in range(len(HOSTILE), count))][:count]
    rows = [
        f'"{chr(97 + label % 26)}{chr(97 + label // 26 % 26)}{chr(97 + label // 676)} {example}{random.integers(10, 99)}","{name}"'
        for label, name in enumerate(names)
        for example in range(examples)
    ]
    table = "\n".join(["text,label", *rows, ""])
    return make_table_dataset(io.BytesIO(table.encode()), f"Many {count}", folder).name


def train_on_texts(root: Path, data_folder: Path, data_name: str, name: str, epochs: int) -> RunFolder:
    """Train a small network on the data set in this process."""
    settings = [f"data.name={data_name}", "training.device=cpu", f"training.epochs={epochs}", "training.batch_size=32"]
    run = create_run(root, apply_settings(get_preset("text_cnn"), settings), name)
    with run.lock():
        run_worker(run, data_folder, _Silent())
    return run


def make_sparse_matrix(classes: int, samples: int) -> list[list[int]]:
    """Counts of a classifier that is right in two of three cases, and mixes each class up with about twenty others."""
    random = np.random.default_rng(0)
    true = np.arange(samples) % classes
    wrong = (true * 7 + random.integers(1, 20, samples)) % classes
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (true, np.where(random.random(samples) < 2 / 3, true, wrong)), 1)
    found: list[list[int]] = counts.tolist()
    return found


def write_matrix(run: RunFolder, counts: list[list[int]]) -> None:
    """Put another matrix into the run's evaluation."""
    evaluation = run.evaluation()
    assert isinstance(evaluation, ClassificationReport)
    samples = sum(map(sum, counts))
    changed = evaluation.model_copy(update={"confusion_matrix": counts, "samples": samples})
    replace_json(run.evaluation_file, changed.to_json())
