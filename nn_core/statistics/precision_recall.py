"""Precision–recall curves: how precision falls when a classifier is made to find more of a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

__all__ = ["PrecisionRecall", "compute_average_precisions", "compute_precision_recall"]

_MAX_POINTS = 200


@dataclass(frozen=True)
class PrecisionRecall:
    """The curve of one class against all others.

    Attributes:
        recall: from 0 to 1, ascending.
        precision: at each recall.
        threshold: the least probability of the class that counts as an answer, at each recall; above 1 for none.
        average_precision: the area below the curve as a sum of steps, without interpolation.
        support: the samples of the class.
    """

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    threshold: tuple[float, ...]
    average_precision: float
    support: int


def compute_precision_recall(labels: ndarray, probabilities: ndarray, label: int) -> PrecisionRecall | None:
    """Compute the curve of one class; None if no sample is of this class.

    Args:
        labels: int [count], the true classes.
        probabilities: float [count, classes].
        label: the class.
    """
    import numpy as np
    from sklearn.metrics import average_precision_score, precision_recall_curve

    is_label = labels == label
    if not is_label.any():
        return None
    precision, recall, threshold = precision_recall_curve(is_label, probabilities[:, label])
    points = np.column_stack([recall, precision, np.append(threshold, 1.01)])[::-1]
    if len(points) > _MAX_POINTS:
        points = points[np.unique(np.linspace(0, len(points) - 1, _MAX_POINTS).round().astype(int))]
    columns = [tuple(column.tolist()) for column in points.T]
    return PrecisionRecall(
        recall=columns[0],
        precision=columns[1],
        threshold=columns[2],
        average_precision=float(average_precision_score(is_label, probabilities[:, label])),
        support=int(is_label.sum()),
    )


def compute_average_precisions(labels: ndarray, probabilities: ndarray) -> list[float | None]:
    """Return the average precision of each class; None for a class without samples."""
    from sklearn.metrics import average_precision_score

    are_labels = (labels == label for label in range(probabilities.shape[1]))
    return [
        float(average_precision_score(is_label, scores)) if is_label.any() else None
        for is_label, scores in zip(are_labels, probabilities.T, strict=True)
    ]
