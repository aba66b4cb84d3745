"""Which classes a report says are never recognised."""

import pytest

from nn_core.runs.reports import ClassificationReport, describe_majority, describe_missed_classes


def report(matrix: list[list[int]], *classes: str) -> ClassificationReport:
    right = sum(matrix[index][index] for index in range(len(matrix)))
    samples = sum(map(sum, matrix))
    return ClassificationReport(
        samples=samples,
        step=1,
        accuracy=right / samples,
        accuracy_interval=(0, 1),
        loss=1.0,
        classes=list(classes),
        confusion_matrix=matrix,
        per_class={},
        confusions=[],
    )


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        ([[5, 1], [1, 5]], ""),
        ([[38, 0], [12, 0]], "Never predicted: 'dog' (12 test examples)."),
        ([[37, 1], [12, 0]], "Never predicted correctly: 'dog' (12 test examples)."),
        ([[38, 0], [0, 0]], ""),
        ([[0, 0], [1300, 7]], ""),
        (
            [[0, 3], [9, 0]],
            "Never predicted correctly: 'cat' (3 test examples), 'dog' (9 test examples).",
        ),
    ],
)
def test_a_class_with_examples_and_recall_0_is_named(matrix: list[list[int]], sentence: str) -> None:
    assert describe_missed_classes(report(matrix, "cat", "dog")) == sentence


def test_both_kinds_are_distinguished() -> None:
    matrix = [[8, 2, 0], [4, 0, 0], [3, 0, 0]]
    assert describe_missed_classes(report(matrix, "cat", "dog", "owl")) == (
        "Never predicted: 'owl' (3 test examples). Never predicted correctly: 'dog' (4 test examples)."
    )


def test_a_long_list_is_shortened() -> None:
    count = 12
    matrix = [[2] + (count - 1) * [0] for _row in range(count)]
    sentence = describe_missed_classes(report(matrix, *(f"c{index}" for index in range(count))))
    assert sentence.startswith("Never predicted: 'c1' (2 test examples), ")
    assert sentence.endswith("'c5' (2 test examples) and 6 more.")


def test_accuracy_is_compared_with_the_most_frequent_class_of_an_uneven_test() -> None:
    assert (
        describe_majority(report([[38, 0], [2, 0]], "circle", "cross")) == "Always answering 'circle' would get 95.0 %."
    )
    assert describe_majority(report([[10, 2], [3, 9]], "circle", "cross")) == ""
