"""Classes that are mixed up stand side by side."""

from itertools import pairwise

import numpy as np
import pytest

from nn_core.statistics.class_order import order_by_similarity


def test_classes_that_are_mixed_up_become_neighbours() -> None:
    random = np.random.default_rng(1)
    groups = random.permutation(12) % 4  # the group of each class
    is_same = groups[:, None] == groups[None, :]
    counts = np.where(is_same, 20, 1) + np.diag([200] * 12)
    ordered = [groups[index] for index in order_by_similarity(counts.tolist())]
    assert sum(a != b for a, b in pairwise(ordered)) == 3


def test_a_chain_of_confusions_is_unrolled() -> None:
    order = np.random.default_rng(0).permutation(9)
    counts = 100 * np.eye(9)
    for a, b in pairwise(order):
        counts[a, b] = counts[b, a] = 10
    found = order_by_similarity(counts.tolist())
    assert found in (order.tolist(), order[::-1].tolist())


@pytest.mark.parametrize("matrix", [[[3, 1], [0, 4]], [[0] * 5] * 5, (9 * np.eye(5)).tolist()])
def test_every_class_occurs_once(matrix: list[list[int]]) -> None:
    assert sorted(order_by_similarity(matrix)) == list(range(len(matrix)))
