"""Comparisons of two networks on the same examples: against statsmodels and scipy, and by simulated coverage."""

from functools import cache

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from nn_core.statistics.paired import (
    compare_errors,
    compute_mcnemar_p_value,
    compute_mean_interval,
    compute_paired_interval,
    correct_p_values,
)

Z = 1.959963984540054


@pytest.mark.parametrize(("first", "second"), [(0, 1), (18, 30), (30, 18), (5, 5), (0, 40), (300, 360)])
def test_mcnemars_test_is_that_of_statsmodels(first: int, second: int) -> None:
    expected = mcnemar([[900, first], [second, 20]], exact=True).pvalue
    assert compute_mcnemar_p_value(first, second) == pytest.approx(expected, rel=1e-12)


def test_without_a_different_answer_chance_explains_everything() -> None:
    assert compute_mcnemar_p_value(0, 0) == 1.0


@pytest.mark.parametrize("p_values", [[0.04], [0.01, 0.04, 0.03], [0.9, 0.001, 0.5, 0.02], [1.0, 1.0], []])
def test_the_correction_is_that_of_statsmodels(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1] if p_values else []
    assert correct_p_values(p_values) == pytest.approx(list(expected))


def score(difference: float, first: int, second: int, count: int) -> float:
    """The score statistic, with the restricted maximum of the likelihood found numerically."""

    def cost(share: float) -> float:
        rest = 1 - 2 * share - difference
        terms = ((first, share), (second, share + difference), (count - first - second, rest))
        return -sum(times * np.log(value) for times, value in terms if times)

    low, high = max(0.0, -difference) + 1e-12, (1 - difference) / 2 - 1e-12
    share = minimize_scalar(cost, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    variance = count * (2 * share + difference - difference**2)
    return float((second - first - count * difference) / np.sqrt(variance))


@pytest.mark.parametrize(("first", "second", "count"), [(18, 30, 1000), (12, 43, 95), (3, 0, 50), (5, 5, 40)])
def test_at_the_ends_of_the_interval_the_score_is_at_its_limit(first: int, second: int, count: int) -> None:
    low, high = compute_paired_interval(first, second, count)
    assert score(low, first, second, count) == pytest.approx(Z, abs=1e-3)
    assert score(high, first, second, count) == pytest.approx(-Z, abs=1e-3)
    mirrored = compute_paired_interval(second, first, count)
    assert (-mirrored[1], -mirrored[0]) == pytest.approx((low, high), abs=1e-9)


def test_the_interval_at_its_limits() -> None:
    low, high = compute_paired_interval(0, 0, 1000)
    assert -0.004 < low < 0 < high < 0.004
    assert compute_paired_interval(0, 10, 10)[1] == 1.0
    assert compute_paired_interval(10, 0, 10)[0] == -1.0
    for wrong in ((0, 0, 0), (5, 6, 10), (-1, 0, 10)):
        with pytest.raises(ValueError, match="examples"):
            compute_paired_interval(*wrong)


@pytest.mark.parametrize(
    ("count", "first", "second"),
    [(10_000, 0.004, 0.006), (1000, 0.012, 0.012), (1000, 0.03, 0.02), (300, 0.1, 0.15), (100, 0.05, 0.1)],
)
def test_the_interval_covers_the_true_difference_in_about_95_of_100_samples(
    count: int, first: float, second: float
) -> None:
    interval = cache(compute_paired_interval)
    samples = np.random.default_rng(0).multinomial(count, [first, second, 1 - first - second], size=4000)
    intervals = np.array([interval(int(row[0]), int(row[1]), count) for row in samples])
    true = second - first
    assert 0.93 <= ((intervals[:, 0] <= true) & (true <= intervals[:, 1])).mean() <= 0.97


def test_errors_are_compared_as_scipy_and_statsmodels_do() -> None:
    random = np.random.default_rng(1)
    first = random.lognormal(size=200)
    second = first * random.uniform(0.7, 1.2, size=200)
    found = compare_errors(first, second)
    assert found.p_value == pytest.approx(stats.ttest_rel(second, first).pvalue)
    assert found.interval == pytest.approx(DescrStatsW(second - first).tconfint_mean())
    assert compute_mean_interval(first) == pytest.approx(DescrStatsW(first).tconfint_mean())
    assert compare_errors(first, first).p_value == 1.0
    assert compare_errors(np.arange(4.0), np.arange(4.0) + 1).interval == (1.0, 1.0)
    with pytest.raises(ValueError, match="errors"):
        compare_errors(first[:1], second[:1])


def test_the_interval_of_errors_covers_their_true_difference_in_about_95_of_100_samples() -> None:
    random = np.random.default_rng(2)
    shared = random.gamma(2.0, size=(2000, 300))
    first, second = shared * random.lognormal(size=shared.shape), shared * random.lognormal(0.1, size=shared.shape)
    true = 2.0 * (np.exp(0.6) - np.exp(0.5))
    intervals = np.array([compare_errors(*pair).interval for pair in zip(first, second, strict=True)])
    assert 0.93 <= ((intervals[:, 0] <= true) & (true <= intervals[:, 1])).mean() <= 0.97
