"""Precision–recall curves against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve

from nn_core.statistics.precision_recall import compute_average_precisions, compute_precision_recall


def make_answers(count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = random.integers(0, classes, count)
    logits = random.normal(size=(count, classes)) + 2 * np.eye(classes)[labels]
    return labels, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_a_short_curve_is_that_of_scikit_learn() -> None:
    labels, probabilities = make_answers(60, 4)
    found = compute_precision_recall(labels, probabilities, 2)
    assert found
    precision, recall, threshold = precision_recall_curve(labels == 2, probabilities[:, 2])
    assert found.precision == pytest.approx(precision[::-1])
    assert found.recall == pytest.approx(recall[::-1])
    assert found.threshold[1:] == pytest.approx(threshold[::-1])
    assert found.average_precision == pytest.approx(average_precision_score(labels == 2, probabilities[:, 2]))
    assert found.support == (labels == 2).sum()


def test_a_long_curve_is_thinned_from_end_to_end() -> None:
    labels, probabilities = make_answers(5_000, 3)
    found = compute_precision_recall(labels, probabilities, 0)
    assert found
    assert len(found.recall) == 200
    assert (found.recall[0], found.recall[-1]) == (0, 1)
    assert list(found.recall) == sorted(found.recall)


def test_a_class_without_samples_has_no_curve() -> None:
    labels, probabilities = make_answers(60, 4)
    labels[labels == 3] = 0
    assert compute_precision_recall(labels, probabilities, 3) is None
    averages = compute_average_precisions(labels, probabilities)
    assert averages[3] is None
    assert averages[1] == pytest.approx(average_precision_score(labels == 1, probabilities[:, 1]))
