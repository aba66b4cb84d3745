"""How many runs two groups need so that a difference between their means is found: power analysis of the t test (Cohen, 1988)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nn_core.statistics.spread import MeanDifference

__all__ = ["MAX_SEEDS", "POWER", "SIGNIFICANCE", "SeedsNeeded", "compute_power", "find_seeds_needed"]

MAX_SEEDS = 100
"""In each group. No more are searched."""
POWER, SIGNIFICANCE = 0.8, 0.05


@dataclass(frozen=True)
class SeedsNeeded:
    """The smallest number of runs with which the test finds a difference with a probability of `POWER`.

    It takes the standard deviations of the runs so far for the true ones, so it is uncertain itself.

    Attributes:
        difference: the one to be found, positive.
        per_group: None if more than `MAX_SEEDS` are needed.
        further: what is missing in the first and in the second group; (0, 0) if nothing is. None likewise.
    """

    difference: float
    per_group: int | None
    further: tuple[int, int] | None


def compute_power(
    difference: float, deviations: tuple[float, float], count: int, significance: float = SIGNIFICANCE
) -> float:
    """Return the probability that the two-sided t test of two groups finds a difference.

    With equal standard deviations it is that of Student's test. With different ones the degrees of freedom are Welch's.

    Args:
        difference: of the true means.
        deviations: the true standard deviations.
        count: the runs in each group, at least 2.
    """
    from scipy.stats import nct, t

    first, second = (deviation**2 for deviation in deviations)
    if first + second == 0:
        return float(difference != 0)
    freedom = (count - 1) * (first + second) ** 2 / (first**2 + second**2)
    shift = abs(difference) / math.sqrt((first + second) / count)
    critical = t.ppf(1 - significance / 2, freedom)
    other_side = float(nct.cdf(-critical, freedom, shift))  # where it is tiny, scipy may return nan
    return float(nct.sf(critical, freedom, shift)) + (0.0 if math.isnan(other_side) else other_side)


def find_seeds_needed(comparison: MeanDifference, smallest_difference: float = 0.0) -> SeedsNeeded:
    """Find how many runs each group needs.

    Args:
        comparison: of the runs so far.
        smallest_difference: the smallest difference that matters; 0 to assume that the difference so far is the true one.
    """
    wanted = smallest_difference or abs(comparison.difference)
    first, second = comparison.first, comparison.second
    deviations = (first.standard_deviation or 0.0, second.standard_deviation or 0.0)
    for count in range(2, MAX_SEEDS + 1) if wanted else ():
        if compute_power(wanted, deviations, count) >= POWER:
            return SeedsNeeded(wanted, count, (max(0, count - first.count), max(0, count - second.count)))
    return SeedsNeeded(wanted, None, None)
