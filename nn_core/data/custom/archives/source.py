"""What every archive offers: its files, their names as they are stored, and their content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "ArchiveEntry",
    "FileSource",
    "StoredFile",
    "check_entries",
    "decode_if_all_utf8",
    "make_too_many_error",
    "normalize_path",
]


@dataclass(frozen=True)
class StoredFile:
    """A file or folder as the archive lists it.

    Attributes:
        name: its path; bytes if they are not ASCII and the archive does not state their encoding.
        size: in bytes, unpacked.
        is_folder: whether it is a folder.
        key: its index in the archive.
    """

    name: str | bytes
    size: int
    is_folder: bool
    key: int


@dataclass(frozen=True)
class ArchiveEntry:
    """A file or folder of an archive, with a readable path: '/' between folders, no control characters."""

    path: str
    file: StoredFile

    @property
    def names(self) -> tuple[str, ...]:
        """The folders on the way, and the name."""
        return tuple(self.path.strip("/").split("/"))


def decode_if_all_utf8(files: list[StoredFile]) -> list[StoredFile]:
    """Decode the names if all are UTF-8, as is usual on Unix."""
    with suppress(UnicodeDecodeError):
        return [replace(file, name=file.name.decode()) if isinstance(file.name, bytes) else file for file in files]
    return files


class FileSource(Protocol):
    """An open archive.

    Attributes:
        files: everything that it lists, in its order. Reading in this order is the fastest.
        links: the paths of links, which are not followed.
    """

    files: list[StoredFile]
    links: list[str]

    def read(self, file: StoredFile) -> bytes:
        """Return the content. Raises what the format's library raises for damaged files."""

    def close(self) -> None:
        """Close the archive."""


def normalize_path(name: str) -> str:
    """Return a path with '/' between folders, composed accents and no control characters."""
    if not name.isprintable():
        name = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    return name.removeprefix("./") if name != "./" else ""


def check_entries(entries: Sequence[ArchiveEntry], limits: Limits) -> None:
    """Raise BadInput if the archive lists too much, or a path outside its own folder."""
    if len(entries) > limits.files:
        raise make_too_many_error(limits)
    for entry in entries:
        if entry.path.startswith("/") or re.match(r"[A-Za-z]:", entry.path) or ".." in entry.names:
            raise BadInput(
                _(
                    "The archive contains '{path}', which points outside its own folder, so nothing was imported. Pack the "
                    "folder of pictures again."
                ).format(path=shorten(entry.path))
            )
    total = sum(entry.file.size for entry in entries)
    if total > limits.unpacked_bytes:
        raise BadInput(
            _(
                "The archive would unpack to {size:.1f} GB, at most {most:.1f} GB are allowed. Leave some pictures out."
            ).format(size=total / 1e9, most=limits.unpacked_bytes / 1e9)
        )


def make_too_many_error(limits: Limits) -> BadInput:
    """Return the error for an archive with too many files."""
    return BadInput(
        _("The archive lists more than {most:,} files, which is the maximum. Leave some pictures out.").format(
            most=limits.files
        )
    )
