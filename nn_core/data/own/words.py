"""What is said of a data set that was made."""

from nn_core.data.own.about import SKIPPED, About
from nn_core.data.own.rules import short
from nn_core.i18n import _

__all__ = ["told"]

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
    reasons = []
    for reason, count in about.skipped.items():
        example = about.skipped_example.get(reason)
        why = _(SKIPPED.get(reason, reason))
        reasons.append(
            _("{count:,} {why} (such as {example})").format(count=count, why=why, example=short(example))
            if example
            else _("{count:,} {why}").format(count=count, why=why)
        )
    if reasons:
        sentences.append(_("Left out: {reasons}.").format(reasons="; ".join(reasons)))
    return " ".join(sentences)
