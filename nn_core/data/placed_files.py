"""Finds the files of a data set that a user put into the data folder by hand, under the names that other downloads give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["find_placed_archives", "find_placed_file", "is_gzipped"]

_GZIP = b"\x1f\x8b"
_IDX = re.compile(r"-(idx\d)-(?=ubyte$)")
_HIDDEN = "."


def is_gzipped(file: Path) -> bool:
    """Return whether the file's content is gzipped, also without the ending; reads two bytes."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_GZIP)) == _GZIP
    except OSError:
        return False


def find_placed_file(folder: Path, name: str, is_complete: Callable[[Path], bool]) -> Path | None:
    """Find a file of a data set.

    It may be in `folder`, in the folder above if that belongs to the data set (named `raw`, as torchvision does), or in a folder inside,
    as unpacked archives have. `train-images-idx3-ubyte` may also be named `train-images.idx3-ubyte`, and both may end in `.gz`.

    Args:
        folder: where the data set is stored.
        name: of the unpacked file.
        is_complete: whether an unpacked file is complete.
    """
    spellings = dict.fromkeys((name, _IDX.sub(r".\1-", name)))
    is_idx = len(spellings) > 1
    for place in _list_places(folder):
        for spelling in spellings:
            for ending in ("", ".gz") if is_idx else ("",):
                file = place / f"{spelling}{ending}"
                if file.is_file() and (is_complete(file) or (is_idx and is_gzipped(file))):
                    return file
    return None


def find_placed_archives(folder: Path, name: str) -> list[Path]:
    """Find an archive that a user downloaded: in `folder`, or in the one above, where torchvision puts it."""
    return [file for place in (folder, folder.parent) if (file := place / name).is_file()]


def _list_places(folder: Path) -> Iterator[Path]:
    places = [folder, folder.parent] if folder.name == "raw" else [folder]
    yield from places
    for place in places:
        if place.is_dir():
            yield from sorted(
                inner
                for inner in place.iterdir()
                if inner.is_dir() and not inner.name.startswith(_HIDDEN) and inner != folder
            )
