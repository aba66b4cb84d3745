"""Selects and sorts test examples: the mistakes of a network that classifies, and the errors of one that reconstructs or predicts a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nn_core.data import Split
from nn_core.data.transforms import to_unit_float
from nn_core.evaluation.answers import Answers
from nn_core.inference.network import TrainedNetwork

__all__ = [
    "ConfidenceBin",
    "ErrorOrder",
    "Errors",
    "MistakeOrder",
    "compute_confidence_bin",
    "count_confusions",
    "make_copies",
    "measure_errors",
    "select_errors",
    "select_mistakes",
]

MistakeOrder = Literal["most_confident", "least_confident", "highest_loss"]
ErrorOrder = Literal["largest", "smallest"]

_BINS = 10


@dataclass(frozen=True)
class Errors:
    """How far a network is from each example of a test split, in its order.

    Attributes:
        labels: int64 [count], the classes; float32 [count], the true values of a regression.
        errors: float32 [count], the mean squared error of the pixels from 0 to 1, or the absolute error of the value.
        predicted: float32 [count], the values of a regression; None for pictures.
    """

    labels: Tensor
    errors: Tensor
    predicted: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class ConfidenceBin:
    """The answers with a similar confidence. low, high: its limits, from 0 to 1."""

    low: float
    high: float
    count: int
    correct: int


def measure_errors(
    network: TrainedNetwork, test: Split, on_progress: Callable[[float], None] = lambda _done: None
) -> Errors:
    """Run a network that reconstructs pictures or predicts a value on each example.

    Args:
        network: does not classify.
        test: the examples.
        on_progress: is called with the fraction that is done.
    """
    errors, predicted, done = [], [], 0
    for inputs, labels in zip(
        test.inputs.split(network.batch_size), test.labels.split(network.batch_size), strict=True
    ):
        outputs = network.compute_outputs(inputs)
        if network.goal == "regress":
            predicted.append(outputs.squeeze(1))
            errors.append((outputs.squeeze(1) - labels).abs())
        else:
            errors.append((outputs - to_unit_float(inputs)).square().flatten(1).mean(dim=1))
        done += len(labels)
        on_progress(done / len(test))
    return Errors(test.labels, torch.cat(errors), torch.cat(predicted) if predicted else None)


def make_copies(network: TrainedNetwork, pictures: Tensor) -> Tensor:
    """Return the copies that an autoencoder makes, uint8 of the same shape."""
    return (network.compute_outputs(pictures) * 255).round().clamp(0, 255).byte()


def select_mistakes(
    answers: Answers, true: int | None = None, predicted: int | None = None, order: MistakeOrder = "most_confident"
) -> Tensor:
    """Return the indices of the mistakes, sorted; equal ones in the order of the split.

    Args:
        answers: of the network.
        true: only examples of this class; None for all.
        predicted: only those with this answer; None for all. If both are the same class, its right answers are returned.
        order: by the confidence in the answer, or by the loss of the true class, where wrong labels come first.
    """
    chosen = answers.is_correct if true is not None and true == predicted else ~answers.is_correct
    if true is not None:
        chosen = chosen & (answers.labels == true)
    if predicted is not None:
        chosen = chosen & (answers.predicted == predicted)
    rows = chosen.nonzero().flatten()
    if order == "highest_loss":
        return rows[answers.losses[rows].argsort(descending=True, stable=True)]
    return rows[answers.confidence[rows].argsort(descending=order == "most_confident", stable=True)]


def select_errors(errors: Errors, label: int | None = None, order: ErrorOrder = "largest") -> Tensor:
    """Return the indices of the examples of a class, or of all, sorted by their error."""
    rows = torch.arange(len(errors)) if label is None else (errors.labels == label).nonzero().flatten()
    return rows[errors.errors[rows].argsort(descending=order == "largest", stable=True)]


def count_confusions(answers: Answers) -> list[tuple[int, int, int]]:
    """Return (true class, answer, mistakes) of each confused pair, the most frequent first, equally frequent ones in the order of the classes."""
    wrong = ~answers.is_correct
    counts = Counter(zip(answers.labels[wrong].tolist(), answers.predicted[wrong].tolist(), strict=True))
    return sorted(
        ((true, predicted, count) for (true, predicted), count in counts.items()), key=lambda pair: (-pair[2], pair)
    )


def compute_confidence_bin(answers: Answers, confidence: float) -> ConfidenceBin:
    """Return how many of the answers are right whose confidence is in the same tenth of the scale."""
    number = min(int(confidence * _BINS), _BINS - 1)
    inside = (answers.confidence * _BINS).long().clamp(max=_BINS - 1) == number
    return ConfidenceBin(
        number / _BINS, (number + 1) / _BINS, int(inside.sum()), int((inside & answers.is_correct).sum())
    )
