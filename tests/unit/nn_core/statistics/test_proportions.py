"""Intervals of proportions, against statsmodels' formula and by exact coverage."""

import numpy as np
import pytest
from scipy.stats import binom

from nn_core.statistics.proportions import compute_wilson_interval


@pytest.mark.parametrize(("successes", "count"), [(0, 10), (10, 10), (4, 10), (9_940, 10_000)])
def test_the_interval_is_wilsons(successes: int, count: int) -> None:
    z, share = 1.959963984540054, successes / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    assert compute_wilson_interval(successes, count) == pytest.approx((centre - half, centre + half), abs=1e-12)


@pytest.mark.parametrize("share", [0.3, 0.8, 0.97])
def test_it_covers_the_true_proportion_in_about_95_of_100_samples(share: float) -> None:
    count = 1000
    intervals = [compute_wilson_interval(successes, count) for successes in range(count + 1)]
    covering = [low <= share <= high for low, high in intervals]
    assert 0.93 <= binom.pmf(np.arange(count + 1), count, share)[covering].sum() <= 0.97
