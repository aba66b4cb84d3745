"""The matrix and the scores as CSV: read back with pandas, with names that a spreadsheet would run."""

import io

import pandas
import pytest
from many_classes import HOSTILE

from nn_core.formatting import protect_cell
from nn_core.statistics.scores import compute_scores
from ui.evaluate.matrix_files import make_matrix_csv, make_scores_csv

COUNTS = [[8, 1, 1], [0, 10, 0], [0, 4, 6]]


def test_the_matrix_has_the_classes_as_headings_in_the_shown_order() -> None:
    table = pandas.read_csv(
        io.BytesIO(make_matrix_csv(["cat", "dog, big", 'the "owl"'], COUNTS, [2, 0, 1])), index_col=0
    )
    assert list(table.columns) == list(table.index) == ['the "owl"', "cat", "dog, big"]
    assert table.loc["cat", "dog, big"] == 1
    assert table.loc['the "owl"', "dog, big"] == 4
    assert table.to_numpy().sum() == 30


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_formula_stays_text(name: str) -> None:
    assert protect_cell(name) == f"'{name}"
    content = make_matrix_csv([name, "dog", "owl"], COUNTS, range(3)).decode("utf-8-sig")
    assert content.splitlines()[1].lstrip('"').startswith("'")


def test_hostile_names_are_kept() -> None:
    names = [name for name in HOSTILE if not name.startswith("=")][:3]
    table = pandas.read_csv(io.BytesIO(make_matrix_csv(names, COUNTS, range(3))), index_col=0)
    assert list(table.index) == names


def test_scores_have_intervals_and_averages() -> None:
    scores = compute_scores(COUNTS)
    table = pandas.read_csv(io.BytesIO(make_scores_csv(["cat", "dog", "owl"], scores)), index_col="class")
    assert list(table.index) == ["cat", "dog", "owl", "macro average", "weighted average"]
    assert table.loc["owl", "recall"] == 0.6
    assert scores.classes[2].recall.interval == pytest.approx(
        tuple(table.loc["owl", ["recall_low", "recall_high"]]), abs=1e-6
    )
    assert table.loc["weighted average", "recall"] == 0.8
