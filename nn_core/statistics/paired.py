"""Whether two networks differ that answered the same examples: tests and intervals of paired proportions and paired errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "MeanDifference",
    "compare_errors",
    "compute_mcnemar_p_value",
    "compute_mean_interval",
    "compute_paired_interval",
    "correct_p_values",
]


@dataclass(frozen=True)
class MeanDifference:
    """The mean of the second one's errors minus that of the first, with its 95 % interval and p-value."""

    difference: float
    interval: tuple[float, float]
    p_value: float


def compute_mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test (1947): how often a fair coin, thrown once for each example that only one
    of the two got right, would be at least as uneven. 1 if there is no such example.

    Args:
        only_first: the examples that only the first one got right.
        only_second: those that only the second one got right.
    """
    from scipy.stats import binomtest

    throws = only_first + only_second
    return float(binomtest(only_first, throws).pvalue) if throws else 1.0


def compute_paired_interval(
    only_first: int, only_second: int, count: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the confidence interval of the share that the second one gets right minus that of the first, from -1 to 1.

    The score interval of Tango (1998), "Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design", Statistics in Medicine 17: the differences that a score test does not reject.

    Args:
        only_first: the examples that only the first one got right.
        only_second: those that only the second one got right.
        count: all examples.
        confidence: how often such an interval contains the true difference.

    Raises:
        ValueError: There is no example, or fewer than were counted.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    if count < 1 or min(only_first, only_second) < 0 or only_first + only_second > count:
        raise ValueError(f"{only_first} and {only_second} of {count} examples")
    limit, excess = float(ndtri((1 + confidence) / 2)), only_second - only_first
    estimate = excess / count

    def compute_score(difference: float) -> float:
        """The distance of the observation from this difference, in standard errors."""
        linear = (2 * count - excess) * difference - only_first - only_second
        constant = -only_first * difference * (1 - difference)
        first = (sqrt(max(0.0, linear**2 - 8 * count * constant)) - linear) / (4 * count)
        variance = count * (2 * first + difference * (1 - difference))
        distance = excess - count * difference
        return distance / sqrt(variance) if variance > 0 else float("inf") * distance if distance else 0.0

    low = brentq(lambda value: compute_score(value) - limit, -1 + 1e-12, estimate) if estimate > -1 else -1.0
    high = brentq(lambda value: compute_score(value) + limit, estimate, 1 - 1e-12) if estimate < 1 else 1.0
    return float(low), float(high)


def compare_errors(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> MeanDifference:
    """Compare the errors of two networks, [examples] each and in the same order, by the paired t test.

    Raises:
        ValueError: The arrays differ in length or have fewer than two examples.
    """
    from scipy.stats import ttest_rel

    if first.shape != second.shape or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} errors")
    differences = second - first
    if differences.min() == differences.max():
        same = float(differences[0])
        return MeanDifference(same, (same, same), 0.0 if same else 1.0)
    test = ttest_rel(second, first)
    interval = test.confidence_interval(0.95)
    return MeanDifference(float(differences.mean()), (float(interval.low), float(interval.high)), float(test.pvalue))


def compute_mean_interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of these values, at least two, by Student's t."""
    from scipy.stats import t

    mean, error = float(values.mean()), float(values.std(ddof=1)) / sqrt(len(values))
    half = float(t.ppf(0.975, len(values) - 1)) * error
    return mean - half, mean + half


def correct_p_values(p_values: Sequence[float]) -> list[float]:
    """Correct the p-values of several comparisons by the method of Holm (1979), in the given order: the probability that chance alone
    makes any of them significant stays below the limit."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected
