"""Intervals of proportions, such as an accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

__all__ = ["compute_wilson_bounds", "compute_wilson_interval"]


def compute_wilson_interval(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of a proportion (Wilson, 1927), from 0 to 1.

    Raises:
        ValueError: count is not positive, or there are more successes than samples.
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, count).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def compute_wilson_bounds(shares: ndarray, counts: ndarray, confidence: float = 0.95) -> tuple[ndarray, ndarray]:
    """Return the intervals of many proportions at once, as `compute_wilson_interval` does.

    Args:
        shares: the proportions, from 0 to 1.
        counts: of how many samples each is, positive; an effective sample size need not be a whole number.
        confidence: of the intervals.
    """
    import numpy as np
    from scipy.special import ndtri  # scipy.stats takes a second to import

    z2 = ndtri((1 + confidence) / 2) ** 2
    centre = (shares + z2 / (2 * counts)) / (1 + z2 / counts)
    half = np.sqrt(z2 * shares * (1 - shares) / counts + (z2 / (2 * counts)) ** 2) / (1 + z2 / counts)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
