"""The metadata of a custom data set (`about.json`), which can be read without the data, and its summary in sentences."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.atomic_io import replace_bytes
from nn_core.data.custom.validation import shorten
from nn_core.i18n import N_, _

__all__ = [
    "SHOWN_SAMPLES",
    "SKIPPED",
    "ClassCounts",
    "Columns",
    "CustomDataset",
    "ImportReport",
    "Metadata",
    "Sample",
    "describe_import",
    "describe_skipped",
    "read_metadata",
    "summarize",
    "write_metadata",
]

SKIPPED = {
    "broken": N_("cannot be read"),
    "too_large": N_("too many pixels"),
    "not_picture": N_("not pictures"),
    "heic": N_("HEIC pictures, which cannot be read; save them as JPEG"),
    "other_format": N_("pictures in a format that cannot be read; save them as JPEG or PNG"),
    "link": N_("links to other files"),
    "no_class": N_("not in the folder of a class"),
    "unlabelled": N_("in a split without classes"),
    "conflict": N_("pictures with several labels in the table"),
    "also_in_test": N_("the same as a test picture"),
    "empty": N_("empty rows"),
    "short": N_("rows without a text or a label"),
    "no_label": N_("pictures without a label"),
    "width": N_("rows with another number of columns"),
    "not_json": N_("lines that are not JSON objects"),
}
"""The text for each reason to leave something out."""


class Columns(BaseModel):
    """The names of the columns that were read; the number, counted from 1, where the table has no names."""

    model_config = ConfigDict(frozen=True)

    text: str
    label: str


class Metadata(BaseModel):
    """The content of `about.json`.

    Attributes:
        version: of the format.
        kind: of the samples.
        title: as the user typed it.
        classes: the labels.
        shape: of a sample.
        mean: see `DatasetSpec`.
        std: see `DatasetSpec`.
        alphabet: see `DatasetSpec`.
        length: of texts, in characters.
        train: the number of training samples of each class, in the order of `classes`.
        test: the number of test samples of each class.
        skipped: the number of files or rows that were left out, by reason (see SKIPPED).
        skipped_example: a path or line for each reason.
        columns: that were read, of a table of texts.
        warnings: sentences about what was repaired or assumed.
        created_at: ISO 8601 in UTC.
    """

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
    columns: Columns | None = None
    warnings: tuple[str, ...] = ()
    created_at: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def counts(self) -> dict[str, int]:
        """The number of samples of each class in both splits, by label."""
        return {label: a + b for label, a, b in zip(self.classes, self.train, self.test, strict=True)}


SHOWN_SAMPLES = 20
"""How many samples a report shows."""


class Sample(BaseModel):
    """An imported sample as it was read.

    Attributes:
        label: its class.
        text: None for a picture.
        file: the path of the picture in its archive; None for a text.
    """

    model_config = ConfigDict(frozen=True)

    label: str
    text: str | None = None
    file: str | None = None


class CustomDataset(BaseModel):
    """The name and metadata of a custom data set, and some samples: the first of a table, some of each class of pictures."""

    model_config = ConfigDict(frozen=True)

    name: str
    metadata: Metadata
    samples: tuple[Sample, ...] = ()


def read_metadata(folder: Path) -> Metadata | None:
    """Return the metadata, or None if they are missing, damaged or of a newer version."""
    try:
        return Metadata.model_validate_json((folder / "about.json").read_bytes())
    except (OSError, ValidationError):
        return None


def write_metadata(folder: Path, metadata: Metadata) -> None:
    """Write the metadata to the data set's folder."""
    replace_bytes(folder / "about.json", metadata.model_dump_json(indent=1).encode() + b"\n")


class ClassCounts(BaseModel):
    """The number of samples of a class in each split."""

    label: str
    train: int
    test: int


class ImportReport(BaseModel):
    """What was imported, as `import-data --json` prints it."""

    name: str
    kind: Literal["pictures", "text"]
    classes: list[ClassCounts]
    columns: Columns | None
    skipped: dict[str, int]
    warnings: list[str]
    samples: list[Sample]


def describe_import(created: CustomDataset) -> ImportReport:
    """Collect what was imported from a new data set."""
    metadata = created.metadata
    counts = zip(metadata.classes, metadata.train, metadata.test, strict=True)
    return ImportReport(
        name=created.name,
        kind=metadata.kind,
        classes=[ClassCounts(label=label, train=train, test=test) for label, train, test in counts],
        columns=metadata.columns,
        skipped=metadata.skipped,
        warnings=list(metadata.warnings),
        samples=list(created.samples),
    )


_MAX_LISTED = 10


def summarize(metadata: Metadata) -> str:
    """Say how many samples each class has, what was left out and why, and what was repaired or assumed."""
    counts = [f"{shorten(label)} {count:,}" for label, count in metadata.counts.items()]
    sentences = [
        _(
            "{total:,} examples of {classes} classes ({counts}): {train:,} for training and validation, {test:,} for the test."
        ).format(
            total=sum(metadata.counts.values()),
            classes=len(counts),
            counts=", ".join(counts[:_MAX_LISTED]) + (" …" if len(counts) > _MAX_LISTED else ""),
            train=sum(metadata.train),
            test=sum(metadata.test),
        )
    ]
    if metadata.columns:
        sentences.append(
            _("The texts are from the column '{text}', the labels from '{label}'.").format(
                text=shorten(metadata.columns.text), label=shorten(metadata.columns.label)
            )
        )
    return " ".join([*sentences, *describe_skipped(metadata.skipped, metadata.skipped_example), *metadata.warnings])


def describe_skipped(skipped: Mapping[str, int], example: Mapping[str, str]) -> list[str]:
    """Return a sentence with the reasons; an empty list if nothing was left out."""
    reasons = []
    for reason, count in skipped.items():
        text = _(SKIPPED.get(reason, reason))
        reasons.append(
            _("{count:,} {reason} (such as {example})").format(
                count=count, reason=text, example=shorten(example[reason])
            )
            if reason in example
            else _("{count:,} {reason}").format(count=count, reason=text)
        )
    return [_("Left out: {reasons}.").format(reasons="; ".join(reasons))] if reasons else []
