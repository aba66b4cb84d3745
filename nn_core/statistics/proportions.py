"""Intervals of proportions, such as an accuracy."""

from __future__ import annotations

__all__ = ["compute_wilson_interval"]


def compute_wilson_interval(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of a proportion (Wilson, 1927), from 0 to 1.

    Raises:
        ValueError: count is not positive, or there are more successes than samples.
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, count).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
