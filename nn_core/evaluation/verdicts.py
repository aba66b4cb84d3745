"""What a comparison means, in words that need no statistics."""

from __future__ import annotations

from dataclasses import dataclass

from nn_core.evaluation.comparability import LETTERS
from nn_core.evaluation.comparison import Comparison, Pair
from nn_core.formatting import format_decimal, format_number
from nn_core.i18n import N_, _

__all__ = ["REPEAT", "Verdict", "describe_chance", "describe_pair", "format_difference", "format_p_value"]

SIGNIFICANT = 0.05
"""Below this p-value, chance is a poor explanation."""
_NO_SIGN = 0.995
REPEAT = N_(
    "This is about these trainings, not about their settings: another seed could change it. Repeat the runs with other seeds before you "
    "decide."
)


@dataclass(frozen=True)
class Verdict:
    """What can be said about two runs.

    Attributes:
        difference: how much better one of them is on these examples.
        chance: how often chance alone would produce that.
        conclusion: what follows.
        is_significant: whether chance is a poor explanation, after the correction for several pairs.
    """

    difference: str
    chance: str
    conclusion: str
    is_significant: bool

    def __str__(self) -> str:
        return " ".join(each for each in (self.difference, self.chance, self.conclusion) if each)


def describe_pair(comparison: Comparison, pair: Pair) -> Verdict:
    """Say which of the two runs is better, how often chance would produce this, and what follows."""
    describe = _describe_answers if comparison.answers else _describe_errors
    first, second = LETTERS[pair.first], LETTERS[pair.second]
    if pair.only_first + pair.only_second == 0:
        return Verdict(
            describe(comparison, pair),
            "",
            _("So these examples show no difference between {first} and {second}.").format(first=first, second=second),
            is_significant=False,
        )
    chance, several = describe_chance(pair.p_value), len(comparison.pairs) > 1
    text = _("Chance alone would produce such a difference or a larger one {often}.").format(often=chance)
    if several:
        text = _(
            "Chance alone would produce such a difference or a larger one {often}; corrected for the {count} pairs compared here, "
            "{corrected}."
        ).format(often=chance, count=len(comparison.pairs), corrected=describe_chance(pair.corrected_p_value))
    is_significant = pair.corrected_p_value < SIGNIFICANT
    is_second_better = (pair.difference > 0) == bool(comparison.answers)
    better, other = (second, first) if is_second_better else (first, second)
    if is_significant:
        conclusion = _("So {better} is better than {other} on examples like these.").format(better=better, other=other)
    elif pair.corrected_p_value >= _NO_SIGN:
        conclusion = _("So there is no sign of a difference.")
    else:
        conclusion = _("That is too often to call one of them better. More test examples could decide it.")
        if comparison.answers and not several and (pair.interval[0] > 0 or pair.interval[1] < 0):
            conclusion += " " + _(
                "It is close: the interval just leaves out 0, and the exact test is the stricter one."
            )
    return Verdict(describe(comparison, pair), text, conclusion, is_significant)


def describe_chance(p_value: float) -> str:
    """Say how often: "in 3 of 100 comparisons". It is never rounded to 0, and to 100 of 100 only above 99.5 %."""
    if p_value < 0.001:
        return _("in fewer than 1 of 1,000 comparisons")
    if p_value < 0.01:
        return _("in {count} of 1,000 comparisons").format(count=round(1000 * p_value))
    return _("in {count} of 100 comparisons").format(count=round(100 * p_value))


def _describe_answers(comparison: Comparison, pair: Pair) -> str:
    first, second, count = LETTERS[pair.first], LETTERS[pair.second], comparison.count
    more = pair.only_second - pair.only_first
    right = round(comparison.results[pair.first].value * count)
    if more == 0 and pair.only_first == 0:
        return _("{first} and {second} get the same {right:,} of {count:,} right.").format(
            first=first, second=second, right=right, count=count
        )
    if more == 0:
        return _(
            "{first} and {second} both get {right:,} of {count:,} right, but not the same ones: {only:,} only {first}, {only:,} only {second}."
        ).format(first=first, second=second, right=right, count=count, only=pair.only_first)
    better, other, few, many = (
        (second, first, pair.only_first, pair.only_second)
        if more > 0
        else (first, second, pair.only_second, pair.only_first)
    )
    return _(
        "{better} gets {more:,} more of {count:,} right than {other}: {many:,} only {better}, {few:,} only {other}."
    ).format(better=better, other=other, more=abs(more), count=count, many=many, few=few)


def _describe_errors(comparison: Comparison, pair: Pair) -> str:
    first, second = LETTERS[pair.first], LETTERS[pair.second]
    errors = [comparison.results[place].value for place in (pair.first, pair.second)]
    if pair.difference == 0:
        return _("{first} and {second} have the same mean error, {error}.").format(
            first=first, second=second, error=format_number(errors[0], 4)
        )
    better, other = (second, first) if pair.difference < 0 else (first, second)
    small, large = sorted(errors)
    closer = pair.only_second if pair.difference < 0 else pair.only_first
    return _(
        "The mean error of {better} is smaller than that of {other}: {small} instead of {large}. {better} is closer for {closer:,} of "
        "{count:,} examples."
    ).format(
        better=better,
        other=other,
        small=format_number(small, 4),
        large=format_number(large, 4),
        closer=closer,
        count=comparison.count,
    )


def format_difference(comparison: Comparison, pair: Pair) -> str:
    """Format the difference, the second run's result minus the first one's, with its 95 % interval."""
    if not comparison.answers:
        low, high = (format_number(value, 3, "+") for value in pair.interval)
        return _("{difference} ({low} to {high})").format(
            difference=format_number(pair.difference, 3, "+"), low=low, high=high
        )
    low, high = (_format_points(value) for value in pair.interval)
    return _("{difference} points ({low} to {high})").format(
        difference=_format_points(pair.difference), low=low, high=high
    )


def _format_points(value: float) -> str:
    """Percentage points with a sign."""
    text = format_decimal(100 * value)
    return f"+{text}" if value > 0 and not text.startswith("−") and float(text) > 0 else text


def format_p_value(value: float) -> str:
    """Format a p-value with three decimals; it is never shown as 0."""
    return _("below 0.001") if value < 0.001 else f"{value:.3f}"
