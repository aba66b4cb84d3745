"""What an archive contains, shown before it is imported."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.archives.class_sources import ArchiveOptions, Question
from nn_core.data.custom.archives.picture_archive import Picture, PictureArchive, open_archive
from nn_core.data.custom.metadata import describe_skipped
from nn_core.data.custom.validation import LIMITS, Limits
from nn_core.drawings.image_files import decode_image

__all__ = ["ArchivePreview", "ClassPreview", "describe_archive"]

_SAMPLES = 3  # of each class
_CLASSES = 12  # with samples
_SIDE = 56  # pixels of a sample


@dataclass(frozen=True)
class ClassPreview:
    """A class of an archive.

    Attributes:
        label: its name.
        train: the number of pictures for training; all, if the archive states no splits.
        test: the number of pictures for the test.
        samples: its first pictures, uint8 [3, side, side].
    """

    label: str
    train: int
    test: int
    samples: tuple[npt.NDArray[np.uint8], ...] = ()


@dataclass(frozen=True)
class ArchivePreview:
    """What an archive contains.

    Attributes:
        classes: sorted.
        has_splits: whether the archive states which pictures are for the test.
        notes: sentences about what is left out and what was assumed.
        questions: what the user can choose.
    """

    classes: tuple[ClassPreview, ...]
    has_splits: bool
    notes: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def needs_answer(self) -> bool:
        """Whether nothing can be imported before a question is answered."""
        return any(question.must_answer for question in self.questions)


def describe_archive(
    file: Path | BinaryIO, options: ArchiveOptions | None = None, limits: Limits = LIMITS
) -> ArchivePreview:
    """Find what would be imported. Raises BadInput as `open_archive` does."""
    archive = open_archive(file, limits, options)
    with closing(archive.source):
        counts = Counter((picture.label, picture.split) for picture in archive.pictures)
        samples = _read_samples(archive, limits)
        skipped = {reason: len(paths) for reason, paths in archive.skipped.items()}
        examples = {reason: paths[0] for reason, paths in archive.skipped.items()}
    return ArchivePreview(
        tuple(
            ClassPreview(
                label,
                counts[label, "train"] + counts[label, "any"],
                counts[label, "test"],
                tuple(samples.get(label, ())),
            )
            for label in archive.classes
        ),
        any(picture.split != "any" for picture in archive.pictures),
        (*describe_skipped(skipped, examples), *archive.warnings),
        tuple(archive.questions),
    )


def _read_samples(archive: PictureArchive, limits: Limits) -> dict[str, list[npt.NDArray[np.uint8]]]:
    """Decode the first pictures of the first classes, in the order of the archive: going back in a tar unpacks it again."""
    shown = set(archive.classes[:_CLASSES])
    chosen: dict[str, list[Picture]] = defaultdict(list)
    for picture in archive.pictures:
        if picture.label in shown and len(chosen[picture.label]) < _SAMPLES:
            chosen[picture.label].append(picture)
    found: dict[str, list[npt.NDArray[np.uint8]]] = defaultdict(list)
    for picture in sorted((each for some in chosen.values() for each in some), key=lambda each: each.entry.file.key):
        if picture.entry.file.size > limits.file_bytes:
            continue
        try:
            content = archive.source.read(picture.entry.file)
            found[picture.label].append(decode_image(content, _SIDE, colour=True, max_pixels=limits.pixels))
        except Exception:  # a damaged picture is counted when it is imported
            continue
    return found
