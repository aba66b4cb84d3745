"""Makes a data set from a ZIP of pictures with a folder per class. Limits are checked before anything is unpacked."""

import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.image_decode import PictureTooLarge, decode_image
from nn_core.data.custom.metadata import Made, Metadata, describe_skipped, write_metadata
from nn_core.data.custom.split import split_train_test
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.validation import LIMITS, Limits, check_enough_samples, shorten
from nn_core.data.custom.writer import DatasetWriter, open_writer
from nn_core.data.custom.zip_layout import Picture, PictureArchive, check_classes, decode_entry_path, sort_entries
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.zip_safety import read_central_directory

__all__ = ["LARGEST_SIDE", "SMALLEST_SIDE", "Progress", "make_picture_dataset", "open_archive"]

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def open_archive(file: Path | BinaryIO, limits: Limits) -> PictureArchive:
    """Raises BadInput for what is no ZIP, is encrypted, climbs out of its folder, asks for too much, or holds no two classes
    of enough pictures.

    A class is a folder; folders inside it belong to it. Folders around all classes do not count, except `train` and `test`
    (or `val`) side by side, which say what each picture is for. Hidden files are passed over.
    """
    archive = _opened(file, limits)
    try:
        _check(archive.infolist(), archive.start_dir, limits)
        found = sort_entries(archive)
        check_classes(found, limits)
    except BaseException:
        archive.close()
        raise
    return found


def _opened(file: Path | BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        if read_central_directory(file).size > limits.directory_bytes:
            raise _too_many(limits)
        return zipfile.ZipFile(file)
    except OSError as error:
        raise BadInput(
            _("The ZIP cannot be opened ({reason}); check its name and that you may read it.").format(
                reason=error.strerror or error
            )
        ) from error
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise BadInput(
            _(
                "This is not a whole ZIP file: its list of files cannot be read. Pack the folder again and try once more."
            )
        ) from error


def _check(entries: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits) -> None:
    """The limits and rules that the ZIP's directory tells of; `packed_bytes` is how much there is before it."""
    if len(entries) > limits.files:
        raise _too_many(limits)
    total = 0
    for entry in entries:
        path = decode_entry_path(entry)
        if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
            raise BadInput(
                _(
                    "The ZIP holds '{path}', which points outside its own folder, so nothing was taken from it. Pack the folder "
                    "of pictures again."
                ).format(path=shorten(path))
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadInput(
                _("The ZIP holds a link, '{path}', instead of a file. Pack the pictures themselves.").format(
                    path=shorten(path)
                )
            )
        if entry.flag_bits & _ENCRYPTED:
            raise BadInput(_("The ZIP is locked with a password. Pack the folder again without one."))
        if entry.compress_type not in _METHODS:
            raise BadInput(
                _("'{path}' is packed in a rare way. Pack the folder as an ordinary ZIP (method Deflate).").format(
                    path=shorten(path)
                )
            )
        if entry.file_size > limits.harmless_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise BadInput(
                _(
                    "'{path}' would unpack to more than {ratio} times its size, which no picture does; nothing was unpacked. "
                    "Take it out of the ZIP."
                ).format(path=shorten(path), ratio=limits.ratio)
            )
        total += entry.file_size
    if sum(entry.compress_size for entry in entries) > packed_bytes:
        raise BadInput(
            _(
                "Files in the ZIP overlap, as no packer makes them; nothing was unpacked. Pack the folder of pictures again."
            )
        )
    if total > limits.unpacked_bytes:
        raise BadInput(
            _(
                "The ZIP would unpack to {size:.1f} GB, at most {most:.1f} GB are taken. Leave some pictures out."
            ).format(size=total / 1e9, most=limits.unpacked_bytes / 1e9)
        )


def _too_many(limits: Limits) -> BadInput:
    return BadInput(
        _("The ZIP lists more than {most:,} files, which is the most that is taken. Leave some pictures out.").format(
            most=limits.files
        )
    )


SMALLEST_SIDE, LARGEST_SIDE = 28, 64

Progress = Callable[[int, int], None]
"""Told (how many are done, of how many). What it raises ends the making, and nothing is left of the data set."""


def make_picture_dataset(
    zip_file: Path | BinaryIO,
    name: str,
    folder: Path,
    *,
    side: int = 28,
    colour: bool = False,
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> Made:
    """The data set `own-…` in the data folder, of pictures of `side` × `side` pixels; see `archive.open_archive` for the
    ZIP, `fitting.fitted` for what becomes of a picture, and `division.divide` for the test split.

    Pictures are unpacked one at a time. One that is broken or too large is skipped and counted. Raises BadInput,
    StorageFailed.
    """
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise BadInput(
            _("Pictures of {side} pixels cannot be made: choose a size from {low} to {high}.").format(
                side=side, low=SMALLEST_SIDE, high=LARGEST_SIDE
            )
        )
    title, name, place = choose_free_name(name, folder)
    shape = (3 if colour else 1, side, side)
    found = open_archive(zip_file, limits)
    with found.archive, open_writer(place, shape, len(found.pictures)) as shop:
        kept = _collect(found, shop, limits, on_progress)
        different = shop.different()
        check_enough_samples(
            Counter({label: different[i] for i, label in enumerate(found.classes)}),
            limits,
            describe_skipped(*_skipped(found)),
        )
        train, test = _divide(found, shop, kept)
        seen = shop.write("train", train)
        shop.write("test", test)
        mean, std = _mean_and_std(seen)
        skipped, example = _skipped(found)
        about = Metadata(
            kind="pictures",
            title=title,
            classes=tuple(found.classes),
            shape=shape,
            mean=mean,
            std=std,
            train=_counts(shop, train, len(found.classes)),
            test=_counts(shop, test, len(found.classes)),
            skipped=skipped,
            skipped_example=example,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_metadata(shop.folder, about)
    return Made(name=name, about=about)


def _collect(found: PictureArchive, shop: DatasetWriter, limits: Limits, on_progress: Progress | None) -> list[Picture]:
    """Unpack every picture into the workshop, or note why not; gives those that are there now."""
    number = {label: i for i, label in enumerate(found.classes)}
    channels, side, _width = shop.shape
    kept: list[Picture] = []
    for done, picture in enumerate(found.pictures):
        if on_progress:
            on_progress(done, len(found.pictures))
        sample = _pixels(found, picture, side, channels == 3, limits)
        if sample is not None:
            shop.add(sample, number[picture.label])
            kept.append(picture)
    return kept


def _pixels(
    found: PictureArchive, picture: Picture, side: int, colour: bool, limits: Limits
) -> npt.NDArray[np.uint8] | None:
    reason = "broken"
    try:
        if picture.entry.file_size <= limits.file_bytes:
            with found.archive.open(picture.entry) as stream:
                # Asked for no more than the directory stated, it unpacks no more; a wrong check sum tells of a lie.
                content = stream.read(picture.entry.file_size)
            return decode_image(content, side, colour=colour, most_pixels=limits.pixels)
        reason = "too_large"
    except PictureTooLarge:
        reason = "too_large"
    except Exception:  # Pillow's readers raise all sorts over damaged files
        reason = "broken"
    found.skipped.setdefault(reason, []).append(picture.path)
    return None


def _divide(found: PictureArchive, shop: DatasetWriter, kept: list[Picture]) -> tuple[list[int], list[int]]:
    """The rows of either split: as the ZIP's own `train` and `test` say, or as the lot falls."""
    if any(picture.part == "any" for picture in kept):
        for_test = split_train_test(shop.digests, shop.labels)
    else:
        for_test = [picture.part == "test" for picture in kept]
    test = [row for row, chosen in enumerate(for_test) if chosen]
    tested = {shop.digests[row] for row in test}
    train = []
    for row, picture in enumerate(kept):
        if shop.digests[row] not in tested:
            train.append(row)
        elif not for_test[row]:
            found.skipped.setdefault("also_in_test", []).append(picture.path)
    for rows, where in ((train, "train"), (test, "test")):
        here = {shop.labels[row] for row in rows}
        if missing := [label for i, label in enumerate(found.classes) if i not in here]:
            raise BadInput(
                _(
                    "The class '{label}' has no picture of its own in '{where}'. Add some there, or leave that class out."
                ).format(label=missing[0], where=where)
            )
    return train, test


def _skipped(found: PictureArchive) -> tuple[dict[str, int], dict[str, str]]:
    """How many, and an example's path, for each reason."""
    return {why: len(paths) for why, paths in found.skipped.items()}, {
        why: paths[0] for why, paths in found.skipped.items()
    }


def _counts(shop: DatasetWriter, rows: list[int], classes: int) -> tuple[int, ...]:
    counts = Counter(shop.labels[row] for row in rows)
    return tuple(counts[label] for label in range(classes))


def _mean_and_std(seen: npt.NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of each channel, from how often each pixel value occurs; scaled to 0…1. A deviation of 0 could not be divided by."""
    values = np.arange(256) / 255
    shares = seen / seen.sum(axis=1, keepdims=True)
    mean = shares @ values
    std = np.sqrt(np.maximum(shares @ values**2 - mean**2, 0))
    return tuple(mean.round(4).tolist()), tuple(np.maximum(std, 0.01).round(4).tolist())
