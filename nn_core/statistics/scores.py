"""Precision, recall and F1 with 95 % intervals, from a confusion matrix: of each class, and averaged.

The intervals of a class are Wilson's. Precision and recall are proportions. F1 is 2J / (1 + J), where J is a proportion too: the right
answers among all examples that are of the class or were taken for it (Hand, Christen & Kirielle, 2021, call it F*).

The variance of an average is that of the delta method for a multinomial confusion matrix (Takahashi et al., 2022), with
corrections for small classes. Wilson's interval for the number of samples that a proportion of this variance would have stays
within 0 and 1, also where nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nn_core.statistics.proportions import compute_wilson_bounds

if TYPE_CHECKING:
    from numpy import ndarray

__all__ = ["MIN_SAMPLES", "AverageScores", "ClassificationScores", "Score", "ScoreRow", "compute_scores"]


MIN_SAMPLES = 10
"""Of the smallest class, for intervals of averages; with fewer, too few of them contain the true value."""


@dataclass(frozen=True)
class Score:
    """A proportion, from 0 to 1.

    Attributes:
        value: 0 if there are no samples to compute it from.
        interval: its 95 % interval; None if there are no samples, or for an average too few (`MIN_SAMPLES`). The weighted recall,
            which is the accuracy, always has one.
    """

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class AverageScores:
    """The scores of one class, or their averages over the classes."""

    precision: Score
    recall: Score
    f1: Score


@dataclass(frozen=True)
class ScoreRow(AverageScores):
    """Of one class. support: its samples."""

    support: int


@dataclass(frozen=True)
class ClassificationScores:
    """All scores of a classifier.

    Attributes:
        classes: in the order of the matrix.
        macro: the mean over the classes that have samples or were predicted.
        weighted: the mean with the number of samples of each class as its weight. Its recall is the accuracy.
    """

    classes: tuple[ScoreRow, ...]
    macro: AverageScores
    weighted: AverageScores


def compute_scores(confusion_matrix: Sequence[Sequence[int]]) -> ClassificationScores:
    """Compute the scores from a matrix of counts with at least one sample, rows true and columns predicted."""
    import numpy as np

    counts = np.asarray(confusion_matrix, dtype=np.int64)
    right, true, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    either = true + predicted - right
    overlap = _divide(right, either)
    low, high = compute_wilson_bounds(overlap, np.maximum(either, 1))
    rows = zip(
        _make_scores(_divide(right, predicted), predicted),
        _make_scores(_divide(right, true), true),
        map(_make_score, _to_f1(overlap), _to_f1(low), _to_f1(high), either),
        true.tolist(),
        strict=True,
    )
    has_intervals = bool(true[true > 0].min() >= MIN_SAMPLES)
    equal = (either > 0) / max(1, np.count_nonzero(either))
    return ClassificationScores(
        classes=tuple(ScoreRow(*row) for row in rows),
        macro=_average(counts, equal, is_weighted=False, has_intervals=has_intervals),
        weighted=_average(counts, true / true.sum(), is_weighted=True, has_intervals=has_intervals),
    )


def _to_f1(overlap: ndarray) -> ndarray:
    scores: ndarray = 2 * overlap / (1 + overlap)
    return scores


def _divide(part: ndarray, whole: ndarray) -> ndarray:
    """0 where the whole is 0."""
    import numpy as np

    shares: ndarray = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
    return shares


def _make_scores(shares: ndarray, counts: ndarray) -> list[Score]:
    import numpy as np

    low, high = compute_wilson_bounds(shares, np.maximum(counts, 1))
    return list(map(_make_score, shares, low, high, counts))


def _make_score(share: float, low: float, high: float, count: float) -> Score:
    return Score(float(share), (float(low), float(high)) if count else None)


def _average(counts: ndarray, weights: ndarray, *, is_weighted: bool, has_intervals: bool) -> AverageScores:
    """Average the three scores with the weights of the classes, which are random themselves if they are the shares of the samples.

    A score of a class is a share `right / whole` of the matrix, where `whole` counts each sample of the class `rows` times and each
    one that was taken for it `columns` times.
    """
    # Recall, precision and F1: rows, columns, and the factor of the right answers.
    scores = ((1, 0, 1), (0, 1, 1), (1, 1, 2))
    recall, precision, f1 = (_average_one(counts, weights, *score, is_weighted=is_weighted) for score in scores)
    if has_intervals:
        return AverageScores(precision, recall, f1)
    return AverageScores(
        Score(precision.value, None), recall if is_weighted else Score(recall.value, None), Score(f1.value, None)
    )


def _average_one(
    counts: ndarray, weights: ndarray, rows: int, columns: int, factor: int, *, is_weighted: bool
) -> Score:
    import numpy as np

    total = counts.sum()
    right = factor * counts.diagonal() / total
    whole = (rows * counts.sum(axis=1) + columns * counts.sum(axis=0)) / total
    shares = _divide(right, whole)
    value = float(weights @ shares)
    # What one more sample of (true, predicted) adds to the average: of_true + of_predicted, and for a right answer of_right.
    per_part = _divide(weights, whole)
    if not is_weighted:  # corrects that a class's own share is nearer to its samples than the true one is (Bessel)
        per_part *= np.sqrt(1 + _divide(np.ones(len(whole)), np.maximum(whole * total / factor - 1, 0)))
    change = -per_part * shares
    of_true = rows * change + (shares if is_weighted else 0.0)
    of_predicted, of_right = columns * change, factor * per_part
    added = of_true[:, None] + of_predicted[None, :]
    added[np.diag_indices_from(added)] += of_right
    mean = (counts * added).sum() / total
    variance = (counts * (added - mean) ** 2).sum() / total**2
    if variance > 0 and 0 < value < 1:
        size = value * (1 - value) / variance
    else:  # as if each class were seldom wrong: the limit of the size above
        size = total if is_weighted else 1 / _divide(factor * weights**2, whole * total).sum()
    # Which classes are large and which are predicted often is random too, so a mean of ratios is off by this much (second order of
    # the same expansion). It matters where classes are small.
    spread = shares * (1 - shares) / total
    bias = 0.0
    if is_weighted and not rows:
        bias = spread.sum()
    elif rows and columns and not is_weighted:
        bias = -(weights * _divide(spread, whole)).sum()
    low, high = compute_wilson_bounds(np.array([min(max(value - bias, 0.0), 1.0)]), np.array([size]))
    return Score(value, (float(low[0]), float(high[0])))
