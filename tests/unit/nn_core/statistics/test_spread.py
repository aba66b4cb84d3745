"""Means, their intervals and differences, against scipy and by simulation."""

import math
import warnings

import numpy as np
import pytest
from scipy import stats

from nn_core.statistics.spread import compare_means, compute_band, compute_mean_interval, compute_spread
from scripts.seed_statistics import draw_results, measure_difference_coverage, measure_mean_coverage

GROUPS = [
    ([0.91, 0.93], [0.95, 0.96]),
    ([0.912, 0.931, 0.925], [0.95, 0.961, 0.9, 0.97, 0.93]),
    ([0.9, 0.9, 0.9], [0.95, 0.96]),
    ([3.0, -1.0, 2.5, 0.1], [-2.0, -2.5]),
]


def test_one_run_has_a_mean_and_no_spread() -> None:
    assert compute_spread([]) is None
    single = compute_spread([0.5])
    assert single
    assert (single.count, single.mean, single.standard_deviation) == (1, 0.5, None)
    assert compute_mean_interval(single) is None
    assert compare_means([0.5], [0.1, 0.2]) is None
    assert compare_means([0.1, 0.2], []) is None


@pytest.mark.parametrize("values", [group for pair in GROUPS for group in pair])
def test_the_interval_of_the_mean_is_scipys(values: list[float]) -> None:
    spread = compute_spread(values)
    assert spread
    assert spread.mean == pytest.approx(np.mean(values))
    assert spread.standard_deviation == pytest.approx(np.std(values, ddof=1))
    if np.ptp(values):
        expected = stats.t.interval(0.9, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
        assert compute_mean_interval(spread, 0.9) == pytest.approx(expected)


@pytest.mark.parametrize(("first", "second"), GROUPS)
def test_the_difference_is_that_of_welchs_test_in_scipy(first: list[float], second: list[float]) -> None:
    found = compare_means(first, second, 0.9)
    with warnings.catch_warnings(action="ignore"):
        expected = stats.ttest_ind(second, first, equal_var=False)
        interval = expected.confidence_interval(0.9)
    assert found
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.interval == pytest.approx((interval.low, interval.high))
    assert found.difference == pytest.approx(np.mean(second) - np.mean(first))
    assert found.is_settled == (expected.pvalue < 0.1)


def test_runs_without_any_spread_give_no_test() -> None:
    found = compare_means([0.9, 0.9], [1.0, 1.0, 1.0])
    assert found
    assert (found.interval, found.p_value, found.is_settled) == (None, None, False)
    assert found.difference == pytest.approx(0.1)


@pytest.mark.parametrize("count", [2, 3, 5, 16])
@pytest.mark.parametrize("is_skewed", [False, True])
def test_the_interval_of_the_mean_covers_it_in_95_of_100_cases(count: int, is_skewed: bool) -> None:
    share = measure_mean_coverage(np.random.default_rng(count), count, 20_000, is_skewed=is_skewed)
    assert 0.93 <= share <= 0.97


@pytest.mark.parametrize("counts", [(3, 3), (3, 8), (5, 5), (16, 16)])
@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_the_interval_of_a_difference_covers_it_in_95_of_100_cases(counts: tuple[int, int], ratio: float) -> None:
    assert 0.93 <= measure_difference_coverage(np.random.default_rng(1), counts, ratio, 20_000) <= 0.97


def test_with_two_runs_each_the_interval_errs_on_the_safe_side() -> None:
    assert 0.95 <= measure_difference_coverage(np.random.default_rng(1), (2, 2), 1.0, 20_000) <= 0.985


def test_the_simulated_intervals_are_ours() -> None:
    """The simulation computes many at once; these are some of them."""
    random = np.random.default_rng(2)
    for first, second in draw_results(random, (20, 2, 3)):
        found = compare_means(first.tolist(), second.tolist())
        expected = stats.ttest_ind(second, first, equal_var=False).confidence_interval()
        assert found
        assert found.interval == pytest.approx((expected.low, expected.high))


def test_a_band_is_of_the_curves_that_reach_each_position() -> None:
    band = compute_band([([1, 2, 3], [0.0, 2.0, 4.0]), ([1, 3], [2.0, 6.0]), ([1], [1.0]), ([], [])])
    assert band.positions == (1, 2, 3)
    assert band.counts == (3, 2, 2)
    assert band.means == pytest.approx((1.0, 3.0, 5.0))
    assert band.deviations == pytest.approx((1.0, math.sqrt(2), math.sqrt(2)))
    assert compute_band([([1, 2], [5.0, 6.0])]).deviations == (None, None)
    assert compute_band([]).positions == ()


def test_a_long_band_has_few_points() -> None:
    curve = (list(range(1000)), [float(value) for value in range(1000)])
    band = compute_band([curve, curve], max_points=50)
    assert len(band.positions) == 50
    assert band.means == pytest.approx(band.positions)
    assert band.deviations == pytest.approx([0] * 50, abs=1e-9)
