"""The confusion matrix of a report: a table of few classes, a picture of up to a thousand, and nothing of more."""

import io
from base64 import b64decode

import pytest
from many_classes import make_sparse_matrix
from PIL import Image

from nn_core.export.report.parts import Chart
from nn_core.export.report.results import Matrix, draw_matrix
from nn_core.runs.reports import ClassificationReport


def make_evaluation(counts: list[list[int]]) -> ClassificationReport:
    return ClassificationReport(
        samples=sum(map(sum, counts)),
        step=1,
        accuracy=0.5,
        accuracy_interval=(0.4, 0.6),
        loss=1.0,
        classes=[f"class {index}" for index in range(len(counts))],
        confusion_matrix=counts,
        per_class={},
        confusions=[],
    )


def test_a_small_matrix_is_a_table() -> None:
    matrix = draw_matrix(make_evaluation([[3, 1], [0, 0]]))
    assert isinstance(matrix, Matrix)
    assert matrix.levels == [[6, 2], [0, 0]]
    assert matrix.is_long


@pytest.mark.parametrize("classes", [13, 1000])
def test_a_large_matrix_is_a_picture(classes: int) -> None:
    chart = draw_matrix(make_evaluation(make_sparse_matrix(classes, 5000)))
    assert isinstance(chart, Chart)
    picture = Image.open(io.BytesIO(b64decode(chart.picture.partition(",")[2])))
    assert picture.width == picture.height
    assert picture.width % classes == 0
    assert f"{classes:,} classes" in chart.alt


def test_a_larger_one_is_left_out() -> None:
    assert draw_matrix(make_evaluation(make_sparse_matrix(1001, 2000))) is None
