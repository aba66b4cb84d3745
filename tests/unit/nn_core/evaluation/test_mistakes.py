"""The list of mistakes: which examples it has and in which order, and its files."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from untrained_runs import untrained_run

from nn_core.data import Dataset, Split
from nn_core.evaluation.answers import Answers
from nn_core.evaluation.mistake_files import ExportedExamples, write_mistakes
from nn_core.evaluation.mistakes import (
    Errors,
    MistakeOrder,
    compute_confidence_bin,
    count_confusions,
    make_copies,
    measure_errors,
    select_errors,
    select_mistakes,
)
from nn_core.formatting import protect_cell
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import get_data_folder

EVIL = ("=1+1", "../../etc/passwd", "<b>", "", "a" * 300, "+7", "é/ü", "\N{PARTY POPPER}", "-", "CON")


def make_answers(labels: list[int], probabilities: list[list[float]]) -> Answers:
    return Answers(
        torch.tensor(labels), torch.tensor(probabilities).log(), torch.zeros(len(labels), dtype=torch.bool), 1.0, 1, "x"
    )


ANSWERS = make_answers(
    [0, 0, 1, 1, 2, 2],
    [
        [0.9, 0.05, 0.05],  # right
        [0.2, 0.7, 0.1],  # 0 read as 1
        [0.19, 0.01, 0.8],  # 1 read as 2; its true class has the lowest probability
        [0.1, 0.45, 0.45 - 1e-4],  # right
        [0.05, 0.9, 0.05],  # 2 read as 1
        [0.1, 0.3, 0.6],  # right
    ],
)


@pytest.mark.parametrize(
    ("true", "predicted", "order", "expected"),
    [
        (None, None, "most_confident", [4, 2, 1]),
        (None, None, "least_confident", [1, 2, 4]),
        (None, None, "highest_loss", [2, 4, 1]),
        (0, None, "most_confident", [1]),
        (None, 1, "most_confident", [4, 1]),
        (2, 1, "most_confident", [4]),
        (1, 0, "most_confident", []),
        (0, 0, "most_confident", [0]),
        (2, 2, "least_confident", [5]),
    ],
)
def test_mistakes_are_chosen_by_classes_and_sorted(
    true: int | None, predicted: int | None, order: MistakeOrder, expected: list[int]
) -> None:
    assert select_mistakes(ANSWERS, true, predicted, order).tolist() == expected


def test_a_loss_too_large_for_a_probability_still_sorts() -> None:
    answers = make_answers([0, 0], [[0.1, 0.9], [0.1, 0.9]])
    extreme = replace(answers, logits=torch.tensor([[-200.0, 200.0], [-400.0, 200.0]]))
    assert extreme.probabilities[:, 0].tolist() == [0.0, 0.0]
    assert select_mistakes(extreme, order="highest_loss").tolist() == [1, 0]


def test_the_confused_pairs_add_up_to_the_mistakes() -> None:
    assert count_confusions(ANSWERS) == [(0, 1, 1), (1, 2, 1), (2, 1, 1)], "equally frequent ones as in the matrix"
    random = torch.Generator().manual_seed(0)
    labels, logits = torch.randint(5, (500,), generator=random), torch.randn(500, 5, generator=random)
    answers = Answers(labels, logits, torch.zeros(500, dtype=torch.bool), 1.3, 1, "x")
    pairs = count_confusions(answers)
    assert [count for *_pair, count in pairs] == sorted((count for *_pair, count in pairs), reverse=True)
    assert sum(count for *_pair, count in pairs) == int((~answers.is_correct).sum())
    for true, predicted, count in pairs:
        assert len(select_mistakes(answers, true, predicted)) == count


def test_the_confidence_is_compared_with_answers_of_the_same_tenth() -> None:
    similar = compute_confidence_bin(ANSWERS, 0.93)
    assert (similar.low, similar.high, similar.count, similar.correct) == (0.9, 1.0, 2, 1)
    assert compute_confidence_bin(make_answers([0], [[1.0, 0.0]]), 1.0).count == 1


def test_errors_are_sorted_and_filtered_by_class() -> None:
    errors = Errors(torch.tensor([0, 1, 0, 1]), torch.tensor([0.1, 0.4, 0.3, 0.2]))
    assert select_errors(errors).tolist() == [1, 2, 3, 0]
    assert select_errors(errors, 0, "smallest").tolist() == [0, 2]


def test_the_errors_of_an_autoencoder_are_those_of_its_copies(tmp_path: Path, sample: Dataset) -> None:
    network = load_network(untrained_run(tmp_path, "autoencoder"), get_data_folder())
    pictures = sample.test.inputs[:5]
    done: list[float] = []
    errors = measure_errors(network, Split(pictures, sample.test.labels[:5]), done.append)
    exact = (network.compute_outputs(pictures) - pictures.float() / 255).square().flatten(1).mean(dim=1)
    assert errors.errors.tolist() == pytest.approx(exact.tolist())
    assert done == [1.0]
    assert make_copies(network, pictures).shape == pictures.shape


# The files


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> TrainedNetwork:
    """Ten classes with names that are not to be trusted."""
    run = untrained_run(tmp_path_factory.mktemp("runs"), "simple_net", "data.name=digits_8x8", "model.hidden=4")
    found = load_network(run, get_data_folder())
    return replace(found, spec=replace(found.spec, classes=EVIL))


def export(network: TrainedNetwork, *, as_zip: bool) -> tuple[bytes, ExportedExamples]:
    pictures = torch.arange(10 * 64, dtype=torch.uint8).reshape(10, 1, 8, 8)
    answers = Answers(
        torch.arange(10), torch.eye(10).roll(1, dims=1) * 5, torch.zeros(10, dtype=torch.bool), 1.0, 1, "digits_8x8"
    )
    examples, stream = ExportedExamples(network, Split(pictures, answers.labels), answers), io.BytesIO()
    write_mistakes(stream, examples, select_mistakes(answers), as_zip=as_zip)
    return stream.getvalue(), examples


def test_the_csv_has_a_line_for_each_mistake_and_no_formula(network: TrainedNetwork) -> None:
    content, examples = export(network, as_zip=False)
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert list(rows[0]) == ["index", "true", "predicted", "confidence", "probability_of_true_class"]
    assert [row["true"] for row in rows] == [protect_cell(name) for name in EVIL]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    answers = examples.found
    assert isinstance(answers, Answers)
    assert float(rows[3]["confidence"]) == pytest.approx(float(answers.confidence[3]), rel=1e-5)
    assert float(rows[3]["probability_of_true_class"]) == pytest.approx(float(answers.probabilities[3, 3]), rel=1e-5)


def test_the_zip_has_the_pictures_with_safe_names_and_the_csv(network: TrainedNetwork) -> None:
    content, examples = export(network, as_zip=True)
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = archive.namelist()
    assert len(set(names)) == len(EVIL) + 1
    assert archive.read("mistakes.csv") == export(network, as_zip=False)[0]
    assert not [name for name in names if set(name) & set('/\\<>:"|?*') or len(name) > 120 or name.startswith(".")]
    assert "00000_1-1_etc-passwd.png" in names
    assert "00003_class-3_" + "a" * 40 + ".png" in names
    picture = np.asarray(Image.open(io.BytesIO(archive.read("00000_1-1_etc-passwd.png"))))
    assert (picture == examples.test.inputs[0, 0].numpy()).all()


def test_a_text_keeps_its_sign_only_behind_an_apostrophe() -> None:
    assert [protect_cell(text) for text in ("=A1", "@x", "\tx", "Ana", "")] == ["'=A1", "'@x", "'\tx", "Ana", ""]


def test_texts_points_and_values_have_their_own_columns(network: TrainedNetwork) -> None:
    points, errors = (
        torch.tensor([[0.5, -1.25]]),
        Errors(torch.tensor([-2.0]), torch.tensor([0.5]), torch.tensor([-1.5])),
    )
    in_plane = replace(network, spec=replace(network.spec, kind="points", classes=()))
    stream = io.BytesIO()
    write_mistakes(
        stream, ExportedExamples(in_plane, Split(points, errors.labels), errors), torch.tensor([0]), as_zip=True
    )
    archive = zipfile.ZipFile(stream)
    assert archive.namelist() == ["mistakes.csv"]
    assert archive.read("mistakes.csv").decode().splitlines() == [
        "index,true,predicted,absolute_error,x1,x2",
        "0,-2.0,-1.5,0.5,0.5,-1.25",
    ]
    words = replace(network, spec=replace(network.spec, kind="text", classes=("a", "b", "c")))
    stream = io.BytesIO()
    examples = ExportedExamples(
        words, Split(torch.zeros(6, 3), ANSWERS.labels), ANSWERS, [f"-{row}" for row in range(6)]
    )
    write_mistakes(stream, examples, select_mistakes(ANSWERS, 2, 1), as_zip=False)
    assert stream.getvalue().decode().splitlines()[1] == "4,c,b,0.9,0.05,'-4"
