"""What the confusion matrix sends to the browser, and its summary."""

import json

from nn_core.runs.reports import ClassificationReport, Confusion
from ui.components.confusion_matrix import make_sparse_cells
from ui.evaluate.confusions import describe_matrix

MANY = 1_000


def evaluation(*rows: list[int], names: str = "abc") -> ClassificationReport:
    pairs = [
        Confusion(true=names[true], predicted=names[guess], count=count, examples=[])
        for true, row in enumerate(rows)
        for guess, count in enumerate(row)
        if count and true != guess
    ]
    return ClassificationReport(
        samples=sum(map(sum, rows)),
        step=None,
        accuracy=0.5,
        accuracy_interval=(0.4, 0.6),
        loss=1.0,
        classes=list(names),
        confusion_matrix=list(rows),
        per_class={},
        confusions=sorted(pairs, key=lambda pair: -pair.count),
    )


# What is sent and said


def test_only_cells_that_are_not_zero_are_sent() -> None:
    assert make_sparse_cells([[5, 0, 2], [0, 0, 0], [0, 1, 7]]) == {
        "lengths": [2, 0, 2],
        "columns": [0, 2, 1, 2],
        "counts": [5, 2, 1, 7],
    }


def test_a_thousand_classes_need_less_than_a_megabyte() -> None:
    counts = [[0] * MANY for _row in range(MANY)]
    for sample in range(50_000):
        counts[sample % MANY][sample * 7919 % MANY if sample % 3 == 0 else sample % MANY] += 1
    assert len(json.dumps(make_sparse_cells(counts))) < 1_000_000


def test_the_summary_has_the_accuracy_and_the_most_confused_pairs() -> None:
    said = describe_matrix(evaluation([90, 9, 1], [0, 100, 0], [2, 0, 98]), "text")
    assert said == (
        "288 of 300 texts were read correctly (96.00 %). "
        "Most frequent confusions: a read as b (9 times), c read as a (2 times), a read as c (once)."
    )
    assert describe_matrix(evaluation([3, 0, 0], [0, 3, 0], [0, 0, 3]), "points") == "All 9 points were read correctly."
