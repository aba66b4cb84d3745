"""Makes a data set from a ZIP of images with a folder per class. Limits are checked before anything is extracted."""

import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.metadata import (
    SHOWN_SAMPLES,
    CustomDataset,
    Metadata,
    Sample,
    describe_skipped,
    write_metadata,
)
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.validation import LIMITS, Limits, check_enough_samples, shorten
from nn_core.data.custom.writer import DatasetWriter, Progress, open_writer
from nn_core.data.custom.zip_layout import Picture, PictureArchive, check_classes, decode_entry_path, sort_entries
from nn_core.data.split import split_train_test
from nn_core.drawings.image_files import PictureTooLarge, decode_image
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.zip_safety import read_central_directory

__all__ = ["MAX_SIDE", "MIN_SIDE", "make_picture_dataset", "open_archive"]

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def open_archive(file: Path | BinaryIO, limits: Limits) -> PictureArchive:
    """Open a ZIP and find its classes and images.

    A class is a folder, with all folders inside it. Folders around all classes are ignored, except `train` and `test` (or
    `val`) next to each other, which give the split of each image. Hidden files are ignored.

    Raises:
        BadInput: the file is not a ZIP, is encrypted, has paths outside its folder, exceeds a limit, or does not have two
            classes with enough images.
    """
    archive = _open(file, limits)
    try:
        _check_entries(archive.infolist(), archive.start_dir, limits)
        images = sort_entries(archive)
        check_classes(images, limits)
    except BaseException:
        archive.close()
        raise
    return images


def _open(file: Path | BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        if read_central_directory(file).size > limits.directory_bytes:
            raise _make_too_many_error(limits)
        return zipfile.ZipFile(file)
    except OSError as error:
        raise BadInput(
            _("The ZIP cannot be opened ({reason}); check its name and that you may read it.").format(
                reason=error.strerror or error
            )
        ) from error
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise BadInput(
            _("This is not a complete ZIP file: its list of files cannot be read. Zip the folder again and retry.")
        ) from error


def _check_entries(entries: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits) -> None:
    """Check the entries of the central directory; `packed_bytes` is the size of the file before it."""
    if len(entries) > limits.files:
        raise _make_too_many_error(limits)
    for entry in entries:
        path = decode_entry_path(entry)
        if fault := _find_fault(entry, path, limits):
            raise BadInput(fault.format(path=shorten(path), ratio=limits.ratio))
    if sum(entry.compress_size for entry in entries) > packed_bytes:
        raise BadInput(
            _("Files in the ZIP overlap, which is not normal; nothing was unpacked. Zip the folder of pictures again.")
        )
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise BadInput(
            _(
                "The ZIP would unpack to {size:.1f} GB, at most {most:.1f} GB are allowed. Leave some pictures out."
            ).format(size=total / 1e9, most=limits.unpacked_bytes / 1e9)
        )


def _find_fault(entry: zipfile.ZipInfo, path: str, limits: Limits) -> str:
    """Return the error message for an entry that must not be unpacked, before `format`; else an empty string."""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        return _(
            "The ZIP contains '{path}', which points outside its own folder, so nothing was imported. Zip the folder of "
            "pictures again."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("The ZIP contains a link, '{path}', instead of a file. Zip the pictures themselves.")
    if entry.flag_bits & _ENCRYPTED:
        return _("The ZIP has a password. Zip the folder again without one.")
    if entry.compress_type not in _METHODS:
        return _("'{path}' has an unsupported compression. Zip the folder with the method Deflate.")
    if entry.file_size > limits.harmless_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
        return _(
            "'{path}' would unpack to more than {ratio} times its size, which is too much for a picture; nothing was "
            "unpacked. Remove it from the ZIP."
        )
    return ""


def _make_too_many_error(limits: Limits) -> BadInput:
    return BadInput(
        _("The ZIP lists more than {most:,} files, which is the maximum. Leave some pictures out.").format(
            most=limits.files
        )
    )


MIN_SIDE, MAX_SIDE = 28, 64


def make_picture_dataset(
    zip_file: Path | BinaryIO,
    name: str,
    folder: Path,
    *,
    side: int = 28,
    colour: bool = False,
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> CustomDataset:
    """Make the data set `own-…` in the data folder.

    Images are extracted one at a time. Broken and too large ones are skipped and counted.

    Args:
        zip_file: see `open_archive`.
        name: the title.
        folder: the data folder.
        side: the images are scaled to `side` × `side` pixels, see `image_files.pad_to_square`.
        colour: whether to keep three channels.
        limits: what is allowed.
        on_progress: see `Progress`.

    Raises:
        BadInput: the ZIP or an argument is invalid.
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
    images = open_archive(zip_file, limits)
    with images.archive, open_writer(dataset_folder, shape, images.classes, len(images.pictures)) as writer:
        added = _add_pictures(images, writer, limits, on_progress)
        check_enough_samples(writer.count_distinct(), limits, describe_skipped(*_summarize_skipped(images)))
        train, test = _split(images, writer, added)
        histogram = writer.write("train", train)
        writer.write("test", test)
        mean, std = _compute_mean_and_std(histogram)
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
        )
        write_metadata(writer.folder, metadata)
    samples = tuple(Sample(file=picture.path, label=picture.label) for picture in added[:SHOWN_SAMPLES])
    return CustomDataset(name=name, metadata=metadata, samples=samples)


def _add_pictures(
    images: PictureArchive, writer: DatasetWriter, limits: Limits, on_progress: Progress | None
) -> list[Picture]:
    """Extract every image and add it, or note why it is skipped; return those that were added."""
    channels, side, _width = writer.shape
    added: list[Picture] = []
    for done, picture in enumerate(images.pictures):
        if on_progress:
            on_progress(done, len(images.pictures))
        sample = _decode(images, picture, side, channels == 3, limits)
        if sample is not None:
            writer.add(sample, picture.label)
            added.append(picture)
    return added


def _decode(
    images: PictureArchive, picture: Picture, side: int, colour: bool, limits: Limits
) -> npt.NDArray[np.uint8] | None:
    reason = "too_large"
    try:
        if picture.entry.file_size <= limits.file_bytes:
            with images.archive.open(picture.entry) as stream:
                # Reads no more than the directory states; if there is more, the checksum is wrong.
                content = stream.read(picture.entry.file_size)
            return decode_image(content, side, colour=colour, max_pixels=limits.pixels)
    except PictureTooLarge:
        pass
    except Exception:  # Pillow raises many kinds of errors for damaged files
        reason = "broken"
    images.skipped.setdefault(reason, []).append(picture.path)
    return None


def _split(images: PictureArchive, writer: DatasetWriter, added: Sequence[Picture]) -> tuple[list[int], list[int]]:
    """Return the rows of the training and the test split: those of the ZIP, if it has `train` and `test`, or new ones."""
    if any(picture.split == "any" for picture in added):
        for_test = split_train_test(writer.digests, writer.labels)
    else:
        for_test = [picture.split == "test" for picture in added]
    test = [row for row, chosen in enumerate(for_test) if chosen]
    test_digests = {writer.digests[row] for row in test}
    train = []
    for row, picture in enumerate(added):
        if writer.digests[row] not in test_digests:
            train.append(row)
        elif not for_test[row]:
            images.skipped.setdefault("also_in_test", []).append(picture.path)
    for rows, split in ((train, "train"), (test, "test")):
        counts = zip(writer.classes, writer.count_classes(rows), strict=True)
        if missing := [label for label, count in counts if not count]:
            raise BadInput(
                _(
                    "The class '{label}' has no picture of its own in '{split}'. Add some there, or leave that class out."
                ).format(label=missing[0], split=split)
            )
    return train, test


def _summarize_skipped(images: PictureArchive) -> tuple[dict[str, int], dict[str, str]]:
    """Return the count and an example path for each reason."""
    counts = {reason: len(paths) for reason, paths in images.skipped.items()}
    return counts, {reason: paths[0] for reason, paths in images.skipped.items()}


def _compute_mean_and_std(histogram: npt.NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compute them for each channel from its histogram, scaled to 0…1. The deviation is at least 0.01, to divide by it."""
    values = np.arange(256) / 255
    fractions = histogram / histogram.sum(axis=1, keepdims=True)
    mean = fractions @ values
    std = np.sqrt(np.maximum(fractions @ values**2 - mean**2, 0))
    return tuple(mean.round(4).tolist()), tuple(np.maximum(std, 0.01).round(4).tolist())
