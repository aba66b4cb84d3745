"""Bins of confidence, the calibration error with its interval, and accuracy against coverage."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve

from nn_core.statistics.proportions import compute_wilson_interval
from nn_core.statistics.reliability import (
    compute_calibration_error,
    compute_coverage,
    estimate_calibration_error,
    make_bins,
)

Floats = NDArray[np.float64]


def draw_confidence(random: np.random.Generator, count: int) -> Floats:
    """Most answers are sure, as those of a trained classifier are."""
    return np.asarray(0.1 + 0.9 * random.beta(4, 2, count))


def test_bins_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    confidence = draw_confidence(random, 500)
    correct = random.random(500) < confidence
    bins = [each for each in make_bins(confidence, correct) if each.count]
    accuracy, mean = calibration_curve(correct, confidence, n_bins=10, strategy="uniform")
    assert [each.accuracy for each in bins] == pytest.approx(accuracy)
    assert [each.confidence for each in bins] == pytest.approx(mean)
    assert bins[-1].interval == compute_wilson_interval(bins[-1].correct, bins[-1].count)


def test_every_answer_is_in_one_bin_and_small_ones_are_marked() -> None:
    bins = make_bins([0.0, 0.1, 0.999, 1.0, *[0.55] * 20], [True] * 24)
    assert [each.count for each in bins] == [1, 1, 0, 0, 0, 20, 0, 0, 0, 2]
    assert [each.is_small for each in bins].count(False) == 1
    assert (bins[2].accuracy, bins[2].interval) == (None, None)
    assert bins[2].confidence == pytest.approx(0.25)


def test_the_calibration_error_of_known_answers() -> None:
    bins = make_bins([0.9] * 10 + [0.6] * 10, [True] * 9 + [False] + [True] * 4 + [False] * 6)
    assert compute_calibration_error(bins) == pytest.approx(0.5 * 0 + 0.5 * 0.2)
    with pytest.raises(ValueError, match="no answers"):
        estimate_calibration_error(make_bins([], []))


@pytest.mark.parametrize(
    ("correct", "count"), [(0, 1), (1, 1), (0, 50), (50, 50), (49, 50), (5000, 5000)], ids=lambda each: str(each)
)
def test_the_interval_of_extreme_answers_is_sensible(correct: int, count: int) -> None:
    error = estimate_calibration_error(make_bins([0.97] * count, [True] * correct + [False] * (count - correct)))
    low, high = error.interval
    assert 0 <= low <= error.corrected <= high <= 1
    assert error.measured == pytest.approx(abs(correct / count - 0.97))


def test_the_same_answers_give_the_same_interval_and_chance_is_taken_off() -> None:
    random = np.random.default_rng(2)
    confidence = draw_confidence(random, 1000)
    bins = make_bins(confidence, random.random(1000) < confidence)
    error = estimate_calibration_error(bins)
    assert error == estimate_calibration_error(bins)
    assert error.interval[0] == 0
    assert error.corrected < error.measured
    assert 0.02 < error.expected_by_chance < 0.04


def test_the_interval_covers_the_true_error() -> None:
    """In 80 experiments; scripts/calibration_coverage.py does thousands. 87 % is three standard deviations below 95 %."""
    hits = 0
    for seed in range(80):
        random = np.random.default_rng(seed)
        truth = 0.05 * (seed % 2)
        confidence = draw_confidence(random, 1000)
        error = estimate_calibration_error(make_bins(confidence, random.random(1000) < confidence - truth))
        hits += error.interval[0] <= truth <= error.interval[1]
    assert 0.87 <= hits / 80 < 1


def test_coverage_counts_answers_from_the_threshold_on() -> None:
    points = compute_coverage([0.5, 0.8, 0.8, 0.9], [False, True, False, True], [0, 0.8, 0.85, 0.95])
    assert [(point.answered, point.correct) for point in points] == [(4, 2), (3, 2), (1, 1), (0, 0)]
    assert points[1].accuracy == pytest.approx(2 / 3)
    assert points[1].interval == compute_wilson_interval(2, 3)
    assert (points[3].accuracy, points[3].interval, points[3].count) == (None, None, 4)
