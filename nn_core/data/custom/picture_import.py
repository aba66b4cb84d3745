"""Makes a data set from an archive of pictures: a ZIP, a tar or a folder."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.archives.foreign_formats import identify_picture
from nn_core.data.custom.archives.picture_archive import Picture, PictureArchive, open_archive
from nn_core.data.custom.bursts import make_group_keys
from nn_core.data.custom.metadata import (
    SHOWN_SAMPLES,
    CustomDataset,
    Metadata,
    Sample,
    describe_skipped,
    write_metadata,
)
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.validation import LIMITS, Limits, check_enough_samples, quote_names
from nn_core.data.custom.writer import DatasetWriter, Progress, compute_mean_and_std, open_writer
from nn_core.data.split import split_train_test
from nn_core.drawings.image_files import PictureTooLarge, decode_image
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["MAX_SIDE", "MIN_SIDE", "decode_picture", "make_picture_dataset"]

MIN_SIDE, MAX_SIDE = 28, 64
_BLANK_SHARE = 0.9  # of pictures that look the same: something is wrong with all of them
_BLANK_CONTRAST = 12  # of 255: the largest difference in a picture of one colour
_UNEVEN = 10  # times as many pictures in one class as in another


def make_picture_dataset(
    archive_file: Path | BinaryIO,
    name: str,
    folder: Path,
    *,
    side: int = 28,
    colour: bool = False,
    options: ArchiveOptions | None = None,
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> CustomDataset:
    """Make the data set `own-…` in the data folder.

    Pictures are read one at a time. Broken and too large ones are skipped and counted.

    Args:
        archive_file: see `open_archive`.
        name: the title.
        folder: the data folder.
        side: the pictures are scaled to `side` × `side` pixels, see `image_files.pad_to_square`.
        colour: whether to keep three channels.
        options: what the user decided where the archive can be understood in several ways.
        limits: what is allowed.
        on_progress: see `Progress`.

    Raises:
        BadInput: the archive or an argument is invalid, or a choice is missing.
        StorageFailed: the data set cannot be written.
    """
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise BadInput(
            _("A picture size of {side} pixels is not possible: choose one from {low} to {high}.").format(
                side=side, low=MIN_SIDE, high=MAX_SIDE
            )
        )
    title, name, dataset_folder = choose_free_name(name, folder)
    shape = (3 if colour else 1, side, side)
    images = open_archive(archive_file, limits, options)
    with closing(images.source):
        images.check_answered()
        with open_writer(dataset_folder, shape, images.classes, len(images.pictures)) as writer:
            added = _add_pictures(images, writer, limits, on_progress)
            _check_samples(images, writer, limits)
            train, test = _split(images, writer, added)
            histogram = writer.write("train", train)
            writer.write("test", test)
            mean, std = compute_mean_and_std(histogram)
            skipped, example = _summarize_skipped(images)
            metadata = Metadata(
                kind="pictures",
                title=title,
                classes=writer.classes,
                shape=shape,
                mean=mean,
                std=std,
                train=writer.count_classes(train),
                test=writer.count_classes(test),
                skipped=skipped,
                skipped_example=example,
                warnings=(*images.warnings, *_describe_unevenness(writer)),
            )
            write_metadata(writer.folder, metadata)
    return CustomDataset(name=name, metadata=metadata, samples=_choose_samples(added))


def _add_pictures(
    images: PictureArchive, writer: DatasetWriter, limits: Limits, on_progress: Progress | None
) -> list[Picture]:
    """Read every picture and add it, or note why it is skipped; return those that were added."""
    channels, side, _width = writer.shape
    added: list[Picture] = []
    plain: list[float] = []  # the mean of each picture of one colour
    for done, picture in enumerate(images.pictures):
        if on_progress:
            on_progress(done, len(images.pictures))
        sample = decode_picture(images, picture, side, colour=channels == 3, limits=limits)
        if sample is not None:
            writer.add(sample, picture.label)
            added.append(picture)
            if int(sample.max()) - int(sample.min()) <= _BLANK_CONTRAST:
                plain.append(float(sample.mean()))
    if added and len(plain) >= _BLANK_SHARE * len(added):
        low, high = np.quantile(plain, (0.05, 0.95))
        if high - low <= _BLANK_CONTRAST:
            raise _make_blank_error(len(plain), len(added))
    return added


def decode_picture(
    images: PictureArchive, picture: Picture, side: int, *, colour: bool, limits: Limits
) -> npt.NDArray[np.uint8] | None:
    """Read a picture as a sample; return None, and note the reason in `images.skipped`, if it cannot be read."""
    reason = "too_large"
    content = b""
    try:
        if picture.entry.file.size <= limits.file_bytes:
            content = images.source.read(picture.entry.file)
            return decode_image(content, side, colour=colour, max_pixels=limits.pixels)
    except PictureTooLarge:
        pass
    except Exception:  # Pillow raises many kinds of errors for damaged files
        found = identify_picture(content)
        reason = "broken" if found is None else "heic" if found.name == "HEIC" else "other_format"
    images.skipped.setdefault(reason, []).append(picture.path)
    return None


def _check_samples(images: PictureArchive, writer: DatasetWriter, limits: Limits) -> None:
    """Raise BadInput if a class has too few different pictures; say so if nearly all pictures of all classes are identical."""
    distinct = writer.count_distinct()
    same = Counter(writer.digests).most_common(1)[0][1] if writer.digests else 0
    if min(distinct.values()) < limits.smallest_class and same > 1 and same >= _BLANK_SHARE * len(writer.digests):
        raise _make_blank_error(same, len(writer.digests))
    check_enough_samples(distinct, limits, describe_skipped(*_summarize_skipped(images)))


def _make_blank_error(same: int, total: int) -> BadInput:
    return BadInput(
        _(
            "All pictures look the same (blank?): {same:,} of {total:,} are identical as the network would see them. Open one in a "
            "picture viewer; if it shows something, save the pictures again as PNG or JPEG with 8 bits."
        ).format(same=same, total=total)
    )


def _split(images: PictureArchive, writer: DatasetWriter, added: Sequence[Picture]) -> tuple[list[int], list[int]]:
    """Return the rows of the training and the test split: those of the archive, if it states both for each class, or new ones."""
    if all(picture.split != "any" for picture in added):
        for_test = [picture.split == "test" for picture in added]
        train, test, twins = _separate(writer, for_test)
        missing = [
            label
            for rows in (train, test)
            for label, count in zip(writer.classes, writer.count_classes(rows), strict=True)
            if not count
        ]
        if not missing:
            if twins:
                images.skipped["also_in_test"] = [added[row].path for row in twins]
            return train, test
        images.warnings.append(
            _(
                "The class {names} has no picture of its own in the training or the test data, so all pictures were divided again: a "
                "fifth is for the test."
            ).format(names=quote_names(dict.fromkeys(missing)))
        )
    keys = make_group_keys([picture.path for picture in added], writer.digests, writer.labels)
    if keys != writer.digests:
        images.warnings.append(
            _(
                "Pictures of one burst are never in both training and test, so the test accuracy is that for new pictures. The "
                "validation data share bursts with the training data, so the validation accuracy can be too high."
            )
        )
    train, test, _twins = _separate(writer, split_train_test(keys, writer.labels))
    return train, test


def _separate(writer: DatasetWriter, for_test: Sequence[bool]) -> tuple[list[int], list[int], list[int]]:
    """Return the rows for training and for the test, and those for training that are the same as a test picture."""
    test = [row for row, chosen in enumerate(for_test) if chosen]
    test_digests = {writer.digests[row] for row in test}
    train = [row for row, digest in enumerate(writer.digests) if digest not in test_digests]
    twins = [row for row, digest in enumerate(writer.digests) if digest in test_digests and not for_test[row]]
    return train, test, twins


def _describe_unevenness(writer: DatasetWriter) -> list[str]:
    counts = Counter(writer.classes[label] for label in writer.labels)
    (most, many), (least, few) = counts.most_common()[0], counts.most_common()[-1]
    if many < _UNEVEN * few:
        return []
    return [
        _("The classes are uneven: '{most}' has {many:,} pictures and '{least}' {few:,}.").format(
            most=most, many=many, least=least, few=few
        )
    ]


def _choose_samples(added: Sequence[Picture]) -> tuple[Sample, ...]:
    """Return some pictures of each class, in turn."""
    by_class: dict[str, list[Picture]] = defaultdict(list)
    for picture in added:
        by_class[picture.label].append(picture)
    rounds = max(1, -(-SHOWN_SAMPLES // len(by_class)))
    chosen = [picture for pictures in by_class.values() for picture in pictures[:rounds]]
    return tuple(Sample(file=picture.path, label=picture.label) for picture in chosen[:SHOWN_SAMPLES])


def _summarize_skipped(images: PictureArchive) -> tuple[dict[str, int], dict[str, str]]:
    """Return the count and an example path for each reason."""
    counts = {reason: len(paths) for reason, paths in images.skipped.items()}
    return counts, {reason: paths[0] for reason, paths in images.skipped.items()}
