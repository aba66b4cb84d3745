"""Results that differ from run to run: mean, standard deviation and their intervals, the difference of two groups, and curves."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Band",
    "MeanDifference",
    "Spread",
    "compare_means",
    "compute_band",
    "compute_mean_interval",
    "compute_spread",
]


@dataclass(frozen=True)
class Spread:
    """Results of several runs. standard_deviation: of the sample (divided by count − 1); None for fewer than two results."""

    count: int
    mean: float
    standard_deviation: float | None


@dataclass(frozen=True)
class MeanDifference:
    """The mean of a second group minus that of a first, with Welch's t test (1947), which allows different standard deviations.

    Attributes:
        difference: positive if the second group has the larger mean.
        interval: of the difference; None if no result within either group differs from the others, because then there is no spread
            to compare with.
        p_value: how often groups with equal means differ at least as much; None likewise.
    """

    first: Spread
    second: Spread
    difference: float
    interval: tuple[float, float] | None
    p_value: float | None

    @property
    def is_settled(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class Band:
    """Several curves as one: at each position the mean and the standard deviation of the curves that reach it.

    Attributes:
        counts: how many curves reach each position.
        deviations: None where fewer than two do.
    """

    positions: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float | None, ...]
    counts: tuple[int, ...]


def compute_spread(values: Sequence[float]) -> Spread | None:
    """Return mean and standard deviation; None without values."""
    if not values:
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(len(values), statistics.fmean(values), deviation)


def compute_mean_interval(spread: Spread, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the confidence interval of the mean (Student's t); None for fewer than two results."""
    from scipy.stats import t

    if spread.standard_deviation is None:
        return None
    quantile = float(t.ppf((1 + confidence) / 2, spread.count - 1))
    half = quantile * spread.standard_deviation / math.sqrt(spread.count)
    return spread.mean - half, spread.mean + half


def compare_means(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> MeanDifference | None:
    """Compare the means of two groups; None if either has fewer than two results."""
    from scipy.stats import t

    before, after = compute_spread(first), compute_spread(second)
    if before is None or after is None or before.standard_deviation is None or after.standard_deviation is None:
        return None
    difference = after.mean - before.mean
    # Not scipy's ttest_ind, which warns of a loss of precision where the results of one group are equal.
    one, other = before.standard_deviation**2 / before.count, after.standard_deviation**2 / after.count
    if one + other == 0:
        return MeanDifference(before, after, difference, None, None)
    freedom = (one + other) ** 2 / (one**2 / (before.count - 1) + other**2 / (after.count - 1))
    error = math.sqrt(one + other)
    half = float(t.ppf((1 + confidence) / 2, freedom)) * error
    p_value = float(2 * t.sf(abs(difference) / error, freedom))
    return MeanDifference(before, after, difference, (difference - half, difference + half), p_value)


def compute_band(curves: Sequence[tuple[Sequence[float], Sequence[float]]], max_points: int = 200) -> Band:
    """Combine curves.

    Args:
        curves: positions, which increase, and values of each. Between two of its positions a curve is a straight line.
        max_points: beyond this number of different positions, evenly spaced ones are used.
    """
    import numpy as np

    curves = [(positions, values) for positions, values in curves if len(positions)]
    if not curves:
        return Band((), (), (), ())
    grid = np.unique(np.concatenate([np.asarray(positions) for positions, _values in curves]))
    if len(grid) > max_points:
        grid = np.linspace(grid[0], grid[-1], max_points)
    table = np.array([np.interp(grid, *curve, left=np.nan, right=np.nan) for curve in curves])
    counts = (~np.isnan(table)).sum(axis=0)
    grid, table, counts = grid[counts > 0], table[:, counts > 0], counts[counts > 0]
    means = np.nanmean(table, axis=0)
    squares = np.nansum((table - means) ** 2, axis=0)
    deviations = [
        math.sqrt(each / (count - 1)) if count > 1 else None for each, count in zip(squares, counts, strict=True)
    ]
    return Band(tuple(grid.tolist()), tuple(means.tolist()), tuple(deviations), tuple(counts.tolist()))
