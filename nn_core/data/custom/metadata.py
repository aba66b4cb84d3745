"""about.json: the metadata of a custom data set, readable without its data, and its summary in sentences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.atomic_io import replace_bytes
from nn_core.data.custom.validation import shorten
from nn_core.i18n import N_, _

__all__ = ["SKIPPED", "Made", "Metadata", "describe_skipped", "read_metadata", "summarize", "write_metadata"]

SKIPPED = {
    "broken": N_("cannot be read"),
    "too_large": N_("too many pixels"),
    "not_picture": N_("no pictures"),
    "no_class": N_("in no class's folder"),
    "also_in_test": N_("the same as a test picture"),
    "empty": N_("empty rows"),
    "short": N_("rows without a text or a label"),
}
"""Why something was left out → how a page says it."""


class Metadata(BaseModel):
    """train and test: how many samples of each class, in the order of `classes`; skipped: a count for each key of
    SKIPPED, with an example's name in `skipped_example`; length: of text, in characters."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    kind: Literal["pictures", "text"]
    title: str
    classes: tuple[str, ...] = Field(min_length=2)
    shape: tuple[int, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    alphabet: str = ""
    length: int = 0
    train: tuple[int, ...]
    test: tuple[int, ...]
    skipped: dict[str, int] = {}
    skipped_example: dict[str, str] = {}
    created_at: str

    @property
    def counts(self) -> dict[str, int]:
        """Samples of each class, in both splits together."""
        return {label: a + b for label, a, b in zip(self.classes, self.train, self.test, strict=True)}


class Made(BaseModel):
    """A data set that was made: its name, and what about.json says."""

    model_config = ConfigDict(frozen=True)

    name: str
    about: Metadata


def read_metadata(folder: Path) -> Metadata | None:
    """None where there is none, or a damaged one, or one of a later version."""
    try:
        return Metadata.model_validate_json((folder / "about.json").read_bytes())
    except (OSError, ValidationError):
        return None


def write_metadata(folder: Path, about: Metadata) -> None:
    replace_bytes(folder / "about.json", about.model_dump_json(indent=1).encode() + b"\n")


_NAMED = 10


def summarize(about: Metadata) -> str:
    """How many of which class there are, and what was left out and why."""
    counts = [f"{shorten(label)} {count:,}" for label, count in about.counts.items()]
    sentences = [
        _("{total:,} examples of {classes} classes ({counts}): {train:,} to learn from, {test:,} to test.").format(
            total=sum(about.counts.values()),
            classes=len(counts),
            counts=", ".join(counts[:_NAMED]) + (" …" if len(counts) > _NAMED else ""),
            train=sum(about.train),
            test=sum(about.test),
        )
    ]
    return " ".join([*sentences, *describe_skipped(about.skipped, about.skipped_example)])


def describe_skipped(skipped: Mapping[str, int], example: Mapping[str, str]) -> list[str]:
    """A sentence with the reasons, or none where nothing was."""
    reasons = []
    for reason, count in skipped.items():
        why = _(SKIPPED.get(reason, reason))
        reasons.append(
            _("{count:,} {why} (such as {example})").format(count=count, why=why, example=shorten(example[reason]))
            if reason in example
            else _("{count:,} {why}").format(count=count, why=why)
        )
    return [_("Left out: {reasons}.").format(reasons="; ".join(reasons))] if reasons else []
