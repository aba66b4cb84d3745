"""How far confidence and accuracy agree: bins, the expected calibration error with its interval, and accuracy against coverage.

The expected calibration error (Naeini et al., 2015) is the mean of |accuracy − confidence| over bins of equal width, weighted by the
answers in each. Chance alone makes it larger than 0, also for a perfectly calibrated network, so a bootstrap around the measured value
has intervals that are too high. Here the possible errors are tested one by one instead (hybrid resampling: Chuang and Lai, 2000; grid
bootstrap: Hansen, 1999): the interval contains each error under which a measured value like this one is not exceptional. The corrected
error is the one under which half of all measurements would be larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn_core.statistics.proportions import compute_wilson_interval

__all__ = [
    "CalibrationError",
    "ConfidenceBin",
    "Coverage",
    "compute_calibration_error",
    "compute_coverage",
    "estimate_calibration_error",
    "make_bins",
]

_BINS = 10
_MIN_COUNT = 20  # answers in a bin from which on its accuracy says something
_DRAWS = 1000  # simulated measurements for each possible error
_STEPS = 16  # possible errors below and above the measured one
_FARTHEST = 6.0  # standard deviations of the measured error
_UNCLEAR = 2.0  # standard deviations of a gap, below which it may be on the other side

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ConfidenceBin:
    """The answers whose confidence is in a range.

    Attributes:
        low: the lower end of the range.
        high: its upper end.
        count: the answers in it.
        correct: how many of these are right.
        confidence: their mean confidence; the middle of the range if there are none.
    """

    low: float
    high: float
    count: int
    correct: int
    confidence: float

    @property
    def accuracy(self) -> float | None:
        """From 0 to 1; None without answers."""
        return self.correct / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the accuracy (Wilson); None without answers."""
        return compute_wilson_interval(self.correct, self.count) if self.count else None

    @property
    def is_small(self) -> bool:
        """Whether it has so few answers that its accuracy says little."""
        return self.count < _MIN_COUNT


@dataclass(frozen=True)
class CalibrationError:
    """The expected calibration error, from 0 to 1.

    Attributes:
        measured: as it is usually given, which chance makes too large.
        corrected: without what chance adds (the median-unbiased estimate).
        interval: the 95 % confidence interval.
        expected_by_chance: what a perfectly calibrated network would have on average with as many answers.
    """

    measured: float
    corrected: float
    interval: tuple[float, float]
    expected_by_chance: float


@dataclass(frozen=True)
class Coverage:
    """What happens if only answers with some confidence are given.

    Attributes:
        threshold: the lowest confidence of an answer that is given.
        answered: how many are given.
        correct: how many of these are right.
        count: all answers.
    """

    threshold: float
    answered: int
    correct: int
    count: int

    @property
    def accuracy(self) -> float | None:
        """Of the answers that are given; None if there are none."""
        return self.correct / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the accuracy (Wilson); None without answers."""
        return compute_wilson_interval(self.correct, self.answered) if self.answered else None


def make_bins(confidence: npt.ArrayLike, is_correct: npt.ArrayLike, bins: int = _BINS) -> list[ConfidenceBin]:
    """Divide answers into bins of equal width by their confidence, from 0 to 1; the lowest first."""
    values, correct = np.asarray(confidence, dtype=np.float64), np.asarray(is_correct, dtype=bool)
    index = np.clip((values * bins).astype(np.int64), 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    hits = np.bincount(index, weights=correct, minlength=bins)
    sums = np.bincount(index, weights=values, minlength=bins)
    return [
        ConfidenceBin(
            low=each / bins,
            high=(each + 1) / bins,
            count=int(counts[each]),
            correct=int(hits[each]),
            confidence=float(sums[each] / counts[each]) if counts[each] else (each + 0.5) / bins,
        )
        for each in range(bins)
    ]


def compute_calibration_error(bins: Sequence[ConfidenceBin]) -> float:
    """Return the expected calibration error, from 0 to 1, without a correction for chance. Raises ValueError without answers."""
    counts, correct, confidence = _to_arrays(bins)
    return float(np.abs(correct / counts - confidence) @ (counts / counts.sum()))


def estimate_calibration_error(bins: Sequence[ConfidenceBin]) -> CalibrationError:
    """Estimate the expected calibration error without what chance adds, and its 95 % interval. The same bins always give the same result.

    In 95 % of experiments the interval contains the true error, or more often where it is close to 0, because no error is below 0.

    Raises:
        ValueError: there are no answers.
    """
    counts, correct, confidence = _to_arrays(bins)
    weights = counts / counts.sum()
    gaps = correct / counts - confidence
    measured = float(np.abs(gaps) @ weights)
    chances = (correct + 0.5) / (counts + 1)
    variances = chances * (1 - chances) / counts
    found, chance = [], 0.0
    # A small gap may truly be on the other side, where it can be larger: no accuracy is above 1.
    is_unclear = np.abs(gaps) < _UNCLEAR * np.sqrt(variances)
    signs = np.where(gaps < 0, -1.0, 1.0)
    for family in (signs, np.where(is_unclear, -1.0, signs), np.where(is_unclear, 1.0, signs)):
        possible = _list_possible_gaps(gaps, family, weights, variances, confidence)
        quantiles, chance = _simulate(possible, counts, weights, confidence)
        errors = np.abs(possible) @ weights
        found.append([float(np.interp(measured, curve, errors, left=0.0)) for curve in quantiles])
    high, middle, low = np.array(found).T
    return CalibrationError(measured, float(middle[0]), (float(low.min()), float(high.max())), chance)


def _simulate(possible: _Floats, counts: _Floats, weights: _Floats, confidence: _Floats) -> tuple[_Floats, float]:
    """Return the quantiles of 2.5, 50 and 97.5 % of the errors that are measured under each row of possible gaps, [3, rows], and the mean
    measured error under the first row."""
    random = np.random.default_rng(0)
    quantiles: list[_Floats] = []
    chance = 0.0
    for each in possible:
        drawn = random.binomial(counts.astype(np.int64), np.clip(confidence + each, 0, 1), (_DRAWS, len(counts)))
        simulated = np.abs(drawn / counts - confidence) @ weights
        chance = chance if quantiles else float(simulated.mean())
        quantiles.append(np.quantile(simulated, (0.025, 0.5, 0.975)))
    return np.maximum.accumulate(np.array(quantiles), axis=0).T, chance


def _to_arrays(bins: Sequence[ConfidenceBin]) -> tuple[_Floats, _Floats, _Floats]:
    """The counts, right answers and mean confidences of the bins that have answers."""
    used = [each for each in bins if each.count]
    if not used:
        raise ValueError("there are no answers")
    counts, correct, confidence = np.array([(each.count, each.correct, each.confidence) for each in used]).T
    return counts, correct, confidence


def _list_possible_gaps(
    gaps: _Floats, signs: _Floats, weights: _Floats, variances: _Floats, confidence: _Floats
) -> _Floats:
    """For possible errors from 0 upwards, the gaps with these signs that have this error and are the most likely ones given the
    measured gaps.

    Returns:
        [errors, bins]; the first row is 0, and the errors ascend.
    """
    pull = weights * variances  # how easily a bin gives way
    largest = np.where(signs < 0, confidence, 1 - confidence)  # no accuracy is outside of 0 and 1
    sizes = np.clip(signs * gaps, 0, largest)
    measured = float(sizes @ weights)
    multipliers = np.concatenate([-np.geomspace(1e-6, 1e6, 600)[::-1], [0.0], np.geomspace(1e-6, 1e6, 600)])
    scale = max(float(np.max(sizes / pull)), 1.0)
    path = np.clip(sizes + multipliers[:, np.newaxis] * scale * pull, 0, largest)
    errors = path @ weights
    farthest = float(np.abs(gaps) @ weights) + _FARTHEST * float(np.sqrt(weights**2 @ variances))
    most = min(max(farthest, measured), float(errors[-1]))
    targets = np.concatenate([np.linspace(0, measured, _STEPS, endpoint=False), np.linspace(measured, most, _STEPS)])
    chosen = np.stack([np.interp(targets, errors, path[:, each]) for each in range(len(gaps))], axis=1)
    possible: _Floats = signs * chosen
    return possible


def compute_coverage(
    confidence: npt.ArrayLike, is_correct: npt.ArrayLike, thresholds: Sequence[float]
) -> list[Coverage]:
    """Return for each threshold how many answers have at least this confidence, and how many of them are right."""
    values, correct = np.asarray(confidence, dtype=np.float64), np.asarray(is_correct, dtype=bool)
    order = np.argsort(values, kind="stable")
    below = np.searchsorted(values[order], thresholds, side="left")
    hits = np.concatenate([[0], np.cumsum(correct[order])])
    return [
        Coverage(float(threshold), len(values) - int(start), int(hits[-1] - hits[start]), len(values))
        for threshold, start in zip(thresholds, below, strict=True)
    ]
