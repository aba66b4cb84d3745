"""The list of mistakes as a file: a CSV, or a ZIP with the pictures and the same CSV."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch
from PIL import Image
from torch import Tensor

from nn_core.atomic_io import replace_file
from nn_core.data import Split
from nn_core.data.dataset import DatasetSpec
from nn_core.data.encode_text import decode
from nn_core.errors import BadInput
from nn_core.evaluation.answers import Answers, get_answers
from nn_core.evaluation.held_out import load_held_out_data
from nn_core.evaluation.mistakes import Errors, make_copies, measure_errors, select_errors, select_mistakes
from nn_core.formatting import protect_cell
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder

__all__ = [
    "ExportedExamples",
    "check_mistakes_file",
    "list_test_texts",
    "make_example_pictures",
    "save_mistakes",
    "write_mistakes",
]

_ENDINGS = (".csv", ".zip")
_UNSAFE = re.compile(r"[^\w-]+")
_MAX_NAME = 40  # characters of a class in the name of a file

Cell = str | int | float


@dataclass(frozen=True)
class ExportedExamples:
    """What a file of mistakes is written from.

    Attributes:
        network: whose answers they are.
        test: the split that the rows are of.
        found: the answers, or the errors of a network that does not classify.
        texts: of the split, if it has texts.
    """

    network: TrainedNetwork
    test: Split
    found: Answers | Errors
    texts: Sequence[str] = ()


def check_mistakes_file(file: Path) -> None:
    """Raise BadInput unless the name ends with .csv or .zip."""
    if file.suffix.lower() not in _ENDINGS:
        raise BadInput(
            _(
                "Cannot write the mistakes to '{file}': the name must end with .csv or .zip. Use for example '{example}'."
            ).format(file=file, example=f"{file.stem or 'mistakes'}.csv")
        )


def save_mistakes(run: RunFolder, file: Path, data_folder: Path) -> int:
    """Write all mistakes of a run's best network, or for another goal all examples with the largest errors first; return their number.

    Raises:
        BadInput: the name ends with something else, or the file cannot be written.
        DamagedRun: the run cannot be read.
        DatasetUnavailable: neither its data nor a substitute is on this machine.
    """
    check_mistakes_file(file)
    data, network = load_held_out_data(run.config(), data_folder), load_network(run, data_folder)
    found: Answers | Errors
    if network.goal == "classify":
        found = get_answers(run, data_folder, data=data, network=network)
        rows = select_mistakes(found)
    else:
        found = measure_errors(network, data.test)
        rows = select_errors(found)
    examples = ExportedExamples(network, data.test, found, list_test_texts(data.spec, data.test, data_folder))
    try:
        replace_file(file, lambda stream: write_mistakes(stream, examples, rows, as_zip=file.suffix.lower() == ".zip"))
    except OSError as error:
        raise BadInput(
            _("Cannot write '{file}': {reason}. Choose a folder that exists and that you may write to.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
    return len(rows)


def list_test_texts(spec: DatasetSpec, test: Split, data_folder: Path) -> list[str]:
    """Return the test texts in the order of the split, as written or else as the network reads them; none for other kinds of data."""
    if spec.kind != "text":
        return []
    return spec.raw_texts(data_folder)[1] if spec.raw_texts else decode(test.inputs, spec.alphabet)


def write_mistakes(stream: BinaryIO, examples: ExportedExamples, rows: Tensor, *, as_zip: bool) -> None:
    """Write a CSV with a line for each of these rows, or a ZIP with the CSV and, of pictures, a PNG for each: an autoencoder's has the original beside
    its copy."""
    if not as_zip:
        stream.write(_make_csv(examples, rows))
        return
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mistakes.csv", _make_csv(examples, rows))
        if examples.network.spec.kind == "pictures":
            for batch in rows.split(examples.network.batch_size):
                for name, picture in zip(
                    _name_pictures(examples, batch), make_example_pictures(examples, batch), strict=True
                ):
                    archive.writestr(name, picture, zipfile.ZIP_STORED)  # a PNG is compressed


def _make_csv(examples: ExportedExamples, rows: Tensor) -> bytes:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    columns = _make_columns(examples, rows)
    writer.writerow(columns)
    for cells in zip(*columns.values(), strict=True):
        writer.writerow([protect_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return lines.getvalue().encode(errors="replace")  # half of a surrogate pair


def _make_columns(examples: ExportedExamples, rows: Tensor) -> dict[str, Sequence[Cell]]:
    found, classes = examples.found, examples.network.spec.classes
    labels = found.labels[rows]
    columns: dict[str, Sequence[Cell]] = {"index": rows.tolist()}
    if isinstance(found, Answers):
        columns |= {
            "true": [classes[label] for label in labels.tolist()],
            "predicted": [classes[answer] for answer in found.predicted[rows].tolist()],
            "confidence": _round(found.confidence[rows]),
            "probability_of_true_class": _round(found.probabilities[rows].gather(1, labels[:, None]).flatten()),
        }
    elif found.predicted is not None:
        errors = _round(found.errors[rows])
        columns |= {"true": _round(labels), "predicted": _round(found.predicted[rows]), "absolute_error": errors}
    else:
        columns |= {
            "class": [classes[label] for label in labels.tolist()],
            "mean_squared_error": _round(found.errors[rows]),
        }
    if examples.texts:
        columns["text"] = [examples.texts[row] for row in rows.tolist()]
    elif examples.network.spec.kind == "points":
        columns |= {
            name: _round(values) for name, values in zip(("x1", "x2"), examples.test.inputs[rows].T, strict=True)
        }
    return columns


def _round(values: Tensor) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]


def _name_pictures(examples: ExportedExamples, rows: Tensor) -> list[str]:
    """`00012_7_1.png`: the index, the true class and the answer, if there is one."""
    found, classes = examples.found, examples.network.spec.classes
    parts = [found.labels[rows].tolist()]
    if isinstance(found, Answers):
        parts.append(found.predicted[rows].tolist())
    names = [[_make_safe(classes[label], label) for label in part] for part in parts]
    return [f"{'_'.join((f'{row:05}', *labels))}.png" for row, *labels in zip(rows.tolist(), *names, strict=True)]


def _make_safe(name: str, label: int) -> str:
    """The name of a class with letters, digits and hyphens only."""
    return _UNSAFE.sub("-", name)[:_MAX_NAME].strip("-_") or f"class-{label}"


def make_example_pictures(examples: ExportedExamples, rows: Tensor) -> Iterator[bytes]:
    """Yield a PNG for each of these rows; an autoencoder's has the original beside its copy."""
    pictures = examples.test.inputs[rows]
    if isinstance(examples.found, Errors):
        pictures = torch.cat([pictures, make_copies(examples.network, pictures)], dim=3)
    for picture in pictures.numpy():
        stream = io.BytesIO()
        Image.fromarray(picture.transpose(1, 2, 0) if len(picture) == 3 else picture[0]).save(stream, "PNG")
        yield stream.getvalue()
