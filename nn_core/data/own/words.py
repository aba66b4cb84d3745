"""What is said of a data set that was made."""

from collections.abc import Mapping

from nn_core.data.own.about import SKIPPED, About
from nn_core.data.own.rules import short
from nn_core.i18n import _

__all__ = ["left_out", "told"]

_NAMED = 10


def told(about: About) -> str:
    """How many of which class there are, and what was left out and why."""
    counts = [f"{short(label)} {count:,}" for label, count in about.counts.items()]
    sentences = [
        _("{total:,} examples of {classes} classes ({counts}): {train:,} to learn from, {test:,} to test.").format(
            total=sum(about.counts.values()),
            classes=len(counts),
            counts=", ".join(counts[:_NAMED]) + (" …" if len(counts) > _NAMED else ""),
            train=sum(about.train),
            test=sum(about.test),
        )
    ]
    return " ".join([*sentences, *left_out(about.skipped, about.skipped_example)])


def left_out(skipped: Mapping[str, int], example: Mapping[str, str]) -> list[str]:
    """A sentence with the reasons, or none where nothing was."""
    reasons = []
    for reason, count in skipped.items():
        why = _(SKIPPED.get(reason, reason))
        reasons.append(
            _("{count:,} {why} (such as {example})").format(count=count, why=why, example=short(example[reason]))
            if reason in example
            else _("{count:,} {why}").format(count=count, why=why)
        )
    return [_("Left out: {reasons}.").format(reasons="; ".join(reasons))] if reasons else []
