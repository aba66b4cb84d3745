"""Power analysis, against statsmodels and by simulation."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.power import TTestIndPower

from nn_core.statistics.power import POWER, compute_power, find_seeds_needed
from nn_core.statistics.spread import MeanDifference, Spread
from scripts.seed_statistics import draw_results


def compare(
    difference: float, deviations: tuple[float, float] = (1.0, 1.0), counts: tuple[int, int] = (3, 3)
) -> MeanDifference:
    """A comparison with these figures; the interval and the p-value play no role."""
    first = Spread(counts[0], 0.0, deviations[0])
    return MeanDifference(first, Spread(counts[1], difference, deviations[1]), difference, (-1.0, 1.0), 0.5)


@pytest.mark.parametrize("effect", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("count", [2, 3, 10, 100])
def test_the_power_is_that_of_statsmodels(effect: float, count: int) -> None:
    expected = TTestIndPower().power(effect, count, 0.05, alternative="two-sided")
    expected = 1.0 if math.isnan(expected) else expected  # a power that differs from 1 by less than 1e-50
    assert compute_power(-0.02 * effect, (0.02, 0.02), count) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("effect", [0.5, 0.8, 1.0, 2.0, 4.0])
def test_the_number_of_runs_is_that_of_statsmodels(effect: float) -> None:
    expected = math.ceil(TTestIndPower().solve_power(effect, power=POWER, alpha=0.05))
    needed = find_seeds_needed(compare(effect))
    assert needed.per_group == max(2, expected)
    assert needed.further == (max(0, expected - 3), max(0, expected - 3))


@pytest.mark.parametrize(("deviations", "difference"), [((1.0, 1.0), 2.0), ((0.3, 1.0), 1.2)])
def test_so_many_runs_do_find_the_difference(deviations: tuple[float, float], difference: float) -> None:
    count = find_seeds_needed(compare(difference, deviations)).per_group
    assert count
    random = np.random.default_rng(0)
    first = deviations[0] * draw_results(random, (4000, count))
    second = difference + deviations[1] * draw_results(random, (4000, count))
    found = (ttest_ind(first, second, axis=1, equal_var=False).pvalue < 0.05).mean()
    assert 0.76 <= found <= 0.88


def test_groups_of_different_sizes_need_different_numbers() -> None:
    needed = find_seeds_needed(compare(1.0, counts=(5, 12)))
    assert (needed.per_group, needed.further) == (17, (12, 5))


def test_a_smallest_difference_replaces_the_one_so_far() -> None:
    assert find_seeds_needed(compare(5.0), 1.0).per_group == 17
    assert find_seeds_needed(compare(0.0), 1.0).per_group == 17
    assert find_seeds_needed(compare(0.1), 1.0).difference == 1.0


@pytest.mark.parametrize("difference", [0.0, 0.01, -0.3])
def test_no_number_up_to_100_is_enough_for_a_small_difference(difference: float) -> None:
    needed = find_seeds_needed(compare(difference))
    assert (needed.per_group, needed.further) == (None, None)


def test_without_spread_any_difference_is_found() -> None:
    assert compute_power(0.1, (0.0, 0.0), 2) == 1
    assert compute_power(0.0, (0.0, 0.0), 2) == 0
