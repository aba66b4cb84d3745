"""Makes a data set of a ZIP of pictures, a folder for each class."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.own.about import About, Made, write_about
from nn_core.data.own.archive import open_archive
from nn_core.data.own.division import divide
from nn_core.data.own.fitting import PictureTooLarge, fitted
from nn_core.data.own.layout import Picture, PictureArchive
from nn_core.data.own.limits import LIMITS, Limits
from nn_core.data.own.names import free_name
from nn_core.data.own.rules import must_be_enough
from nn_core.data.own.words import left_out
from nn_core.data.own.workshop import Workshop, workshop
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["LARGEST_SIDE", "SMALLEST_SIDE", "Progress", "make_picture_dataset"]

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
    title, name, place = free_name(name, folder)
    shape = (3 if colour else 1, side, side)
    found = open_archive(zip_file, limits)
    with found.archive, workshop(place, shape, len(found.pictures)) as shop:
        kept = _collect(found, shop, limits, on_progress)
        different = shop.different()
        must_be_enough(
            Counter({label: different[i] for i, label in enumerate(found.classes)}), limits, left_out(*_skipped(found))
        )
        train, test = _divide(found, shop, kept)
        seen = shop.write("train", train)
        shop.write("test", test)
        mean, std = _mean_and_std(seen)
        skipped, example = _skipped(found)
        about = About(
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
        write_about(shop.folder, about)
    return Made(name=name, about=about)


def _collect(found: PictureArchive, shop: Workshop, limits: Limits, on_progress: Progress | None) -> list[Picture]:
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
            return fitted(content, side, colour=colour, most_pixels=limits.pixels)
        reason = "too_large"
    except PictureTooLarge:
        reason = "too_large"
    except Exception:  # Pillow's readers raise all sorts over damaged files
        reason = "broken"
    found.skipped.setdefault(reason, []).append(picture.path)
    return None


def _divide(found: PictureArchive, shop: Workshop, kept: list[Picture]) -> tuple[list[int], list[int]]:
    """The rows of either split: as the ZIP's own `train` and `test` say, or as the lot falls."""
    if any(picture.part == "any" for picture in kept):
        for_test = divide(shop.digests, shop.labels)
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


def _counts(shop: Workshop, rows: list[int], classes: int) -> tuple[int, ...]:
    counts = Counter(shop.labels[row] for row in rows)
    return tuple(counts[label] for label in range(classes))


def _mean_and_std(seen: npt.NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of each channel, from how often each pixel value occurs; scaled to 0…1. A deviation of 0 could not be divided by."""
    values = np.arange(256) / 255
    shares = seen / seen.sum(axis=1, keepdims=True)
    mean = shares @ values
    std = np.sqrt(np.maximum(shares @ values**2 - mean**2, 0))
    return tuple(mean.round(4).tolist()), tuple(np.maximum(std, 0.01).round(4).tolist())
