"""The confusion matrix and the scores of the classes as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from nn_core.formatting import protect_cell
from nn_core.i18n import _
from nn_core.statistics.scores import AverageScores, ClassificationScores

__all__ = ["make_matrix_csv", "make_scores_csv"]


def make_matrix_csv(classes: Sequence[str], counts: Sequence[Sequence[int]], order: Sequence[int]) -> bytes:
    """Write the counts with a row for each true class and a column for each predicted one, in this order of their indices."""
    names = [protect_cell(classes[index]) for index in order]
    rows = ([names[place], *(counts[index][other] for other in order)] for place, index in enumerate(order))
    return _write([_("true class / read as"), *names], rows)


def make_scores_csv(classes: Sequence[str], scores: ClassificationScores) -> bytes:
    """Write precision, recall and F1 with their intervals: a row for each class, then the averages, which have no support."""
    columns = ["class", "support"]
    for name in ("precision", "recall", "f1"):
        columns += [name, f"{name}_low", f"{name}_high"]
    rows: list[list[str | float]] = [
        [protect_cell(name), row.support, *_list_figures(row)]
        for name, row in zip(classes, scores.classes, strict=True)
    ]
    rows += [
        ["macro average", "", *_list_figures(scores.macro)],
        ["weighted average", "", *_list_figures(scores.weighted)],
    ]
    return _write(columns, rows)


def _list_figures(scores: AverageScores) -> list[str | float]:
    cells: list[str | float] = []
    for score in (scores.precision, scores.recall, scores.f1):
        cells += [round(figure, 6) for figure in (score.value, *score.interval)] if score.interval else ["", "", ""]
    return cells


def _write(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(head)
    writer.writerows(rows)
    return lines.getvalue().encode("utf-8-sig")  # spreadsheets take UTF-8 without the mark for an older encoding
