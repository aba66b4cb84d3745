"""Says in words whether a network is calibrated, as far as the interval of its calibration error allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nn_core.formatting import format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.statistics.reliability import CalibrationError, ConfidenceBin, estimate_calibration_error

__all__ = ["Measured", "describe_verdict", "measure_bins"]

_NEGLIGIBLE = 0.01  # a calibration error that no one would notice


@dataclass(frozen=True)
class Measured:
    """Answers in bins of their confidence, and the calibration error."""

    bins: tuple[ConfidenceBin, ...]
    error: CalibrationError

    @property
    def count(self) -> int:
        return sum(each.count for each in self.bins)

    @property
    def accuracy(self) -> float:
        return sum(each.correct for each in self.bins) / self.count

    @property
    def confidence(self) -> float:
        """The mean confidence."""
        return sum(each.confidence * each.count for each in self.bins) / self.count

    @property
    def is_mixed(self) -> bool:
        """Whether it is wrong in both directions. If most of the error has one, the means differ by about as much as the error."""
        return abs(self.accuracy - self.confidence) < self.error.measured / 2


@lru_cache(maxsize=64)
def measure_bins(bins: tuple[ConfidenceBin, ...]) -> Measured:
    """Estimate the calibration error of answers in bins."""
    return Measured(bins, estimate_calibration_error(bins))


def describe_verdict(before: Measured, after: Measured, samples: str, *, is_substitute: bool = False) -> str:
    """Say whether the network is calibrated, as far as the intervals of its calibration errors allow.

    Args:
        before: its answers without temperature scaling.
        after: those with temperature scaling.
        samples: the plural noun.
        is_substitute: whether these are not the run's own test data. Then the sentence speaks of these examples alone.
    """
    when = _("On these {samples}, after temperature scaling,") if is_substitute else _("After temperature scaling")
    return f"{_describe_after(after, samples, when.format(samples=samples))} {_describe_before(before)}"


def _describe_after(measured: Measured, samples: str, when: str) -> str:
    low, high = measured.error.interval
    accuracy, confidence, count = measured.accuracy, measured.confidence, measured.count
    if high <= _NEGLIGIBLE:
        text = _("{when} it is well calibrated: confidence and accuracy differ by at most {high}.")
    elif low == 0:
        text = _(
            "{when} it is well calibrated as far as {count:,} {samples} can show: the interval of the error includes 0 and ends at {high}."
        )
    elif measured.is_mixed:
        text = _("{when} it is too confident in some answers and too cautious in others, by {range} on average.")
    elif confidence > accuracy:
        text = _(
            "{when} it is too confident: {accuracy} of its answers are right, and its mean confidence is {confidence}."
        )
    else:
        text = _(
            "{when} it is too cautious: {accuracy} of its answers are right, and its mean confidence is only {confidence}."
        )
    return text.format(
        when=when,
        count=count,
        samples=samples,
        high=format_percent(high),
        range=format_percent_range(low, high),
        accuracy=format_percent(accuracy),
        confidence=format_percent(confidence),
    )


def _describe_before(measured: Measured) -> str:
    low, high = measured.error.interval
    if high <= _NEGLIGIBLE:
        text = _("Before, it was well calibrated: error {error}.")
    elif low == 0:
        text = _("Before, it was well calibrated as far as they can show: error {error}.")
    elif measured.is_mixed:
        text = _("Before, it was too confident in some answers and too cautious in others: error {error}.")
    elif measured.confidence > measured.accuracy:
        text = _("Before, it was too confident: error {error}.")
    else:
        text = _("Before, it was too cautious: error {error}.")
    return text.format(error=format_percent(measured.error.corrected))
