"""What a comparison says in words."""

import numpy as np
import pytest

from nn_core.evaluation.comparison import Comparison, RunAnswers, compare_accuracies, compare_mean_errors
from nn_core.evaluation.verdicts import Verdict, describe_chance, describe_pair, format_difference

COUNT = 1000


def answered(*right: tuple[int, int]) -> Comparison:
    """Runs that get the examples of a range right, and give the wrong answer 1 to all others."""
    labels = np.zeros(COUNT, np.int64)
    predicted = np.ones((len(right), COUNT), np.int64)
    for row, (start, end) in zip(predicted, right, strict=True):
        row[start:end] = 0
    answers = tuple(RunAnswers(row, np.full(COUNT, 0.9, np.float32)) for row in predicted)
    results, pairs = compare_accuracies(predicted == labels)
    return Comparison((), (), {}, results, pairs, labels, answers)


def verdict(comparison: Comparison) -> Verdict:
    return describe_pair(comparison, comparison.pairs[0])


def test_a_difference_that_chance_rarely_produces() -> None:
    found = verdict(answered((0, 920), (12, 950)))
    assert found.difference == "B gets 18 more of 1,000 right than A: 30 only B, 12 only A."
    assert found.chance == "Chance alone would produce such a difference or a larger one in 8 of 1,000 comparisons."
    assert found.conclusion == "So B is better than A on examples like these."
    assert found.is_significant


def test_the_first_one_can_be_better_too() -> None:
    found = verdict(answered((0, 950), (0, 900)))
    assert found.difference == "A gets 50 more of 1,000 right than B: 50 only A, 0 only B."
    assert "in fewer than 1 of 1,000 comparisons" in found.chance
    assert found.conclusion.startswith("So A is better than B")


def test_a_difference_that_chance_often_produces() -> None:
    found = verdict(answered((0, 900), (18, 930)))
    assert "in 11 of 100 comparisons" in found.chance
    assert not found.is_significant
    assert found.conclusion == "That is too often to call one of them better. More test examples could decide it."


def test_a_close_case_explains_the_interval() -> None:
    comparison = answered((0, 900), (21, 936))
    (pair,) = comparison.pairs
    assert pair.p_value > 0.05
    assert pair.interval[0] > 0
    assert "the exact test is the stricter one" in verdict(comparison).conclusion


def test_no_difference() -> None:
    assert verdict(answered((0, 900), (0, 900))).difference == "A and B get the same 900 of 1,000 right."
    found = verdict(answered((0, 900), (10, 910)))
    assert found.difference == "A and B both get 900 of 1,000 right, but not the same ones: 10 only A, 10 only B."
    assert "in 100 of 100 comparisons" in found.chance
    assert found.conclusion == "So there is no sign of a difference."


def test_several_pairs_are_corrected() -> None:
    comparison = answered((0, 920), (12, 950), (0, 919))
    found = verdict(comparison)
    assert "in 8 of 1,000 comparisons; corrected for the 3 pairs compared here, in 2 of 100 comparisons" in found.chance
    assert found.is_significant
    assert all(pair.corrected_p_value >= pair.p_value for pair in comparison.pairs)


@pytest.mark.parametrize(
    ("p_value", "expected"),
    [
        (0.0, "in fewer than 1 of 1,000 comparisons"),
        (0.00099, "in fewer than 1 of 1,000 comparisons"),
        (0.001, "in 1 of 1,000 comparisons"),
        (0.0044, "in 4 of 1,000 comparisons"),
        (0.03, "in 3 of 100 comparisons"),
        (0.994, "in 99 of 100 comparisons"),
        (1.0, "in 100 of 100 comparisons"),
    ],
)
def test_chances_are_rounded_so_that_none_is_zero(p_value: float, expected: str) -> None:
    assert describe_chance(p_value) == expected


def test_differences_have_signs() -> None:
    comparison = answered((0, 950), (0, 900))
    assert format_difference(comparison, comparison.pairs[0]).startswith("−5.00 points (−6.")
    same = answered((0, 900), (0, 900))
    assert format_difference(same, same.pairs[0]) == "0.00 points (−0.38 to +0.38)"


def test_errors_are_better_when_they_are_smaller() -> None:
    random = np.random.default_rng(0)
    first = random.uniform(0.1, 0.2, size=400)
    errors = np.stack([first, first * random.uniform(0.8, 1.1, size=400)])
    results, pairs = compare_mean_errors(errors)
    comparison = Comparison((), (), {}, results, pairs, errors=errors)
    found = verdict(comparison)
    assert found.difference.startswith("The mean error of B is smaller than that of A: 0.14")
    assert f"B is closer for {pairs[0].only_second} of 400 examples." in found.difference
    assert found.conclusion == "So B is better than A on examples like these."
    assert comparison.find_disagreements()[0] == np.abs(errors[1] - errors[0]).argmax()
