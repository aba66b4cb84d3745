"""Finds the only table in an archive without pictures, as data sets are usually offered for download."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile

from nn_core.data.custom.archives.file_kinds import find_kind, is_hidden
from nn_core.data.custom.archives.file_names import resolve_names
from nn_core.data.custom.archives.opening import open_source
from nn_core.data.custom.archives.source import ArchiveEntry, check_entries
from nn_core.data.custom.archives.tar_source import DAMAGES, is_compressed, is_tar, open_unpacked
from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["PackedTable", "describe_packed", "unpack_table"]


@dataclass(frozen=True)
class PackedTable:
    """A table that was unpacked into memory.

    Attributes:
        path: in the archive.
        stream: its content.
    """

    path: str
    stream: BinaryIO


def unpack_table(file: Path | BinaryIO, limits: Limits) -> PackedTable | None:
    """Unpack the table of an archive that contains nothing else, except texts such as a readme.

    Args:
        file: an archive, a folder, or a table that is compressed with gzip, bzip2 or xz.
        limits: what is allowed.

    Returns:
        None if there are pictures, no table, or several.

    Raises:
        BadInput: the archive is damaged or dangerous, or the table is too large.
    """
    if isinstance(file, Path) and not file.is_dir():
        with file.open("rb") as stream:
            return unpack_table(stream, limits)
    if not isinstance(file, Path) and is_compressed(file) and not is_tar(file):
        return _decompress(file, limits)
    source = open_source(file, limits)
    try:
        entries = resolve_names(source.files, None)
        check_entries(entries, limits)
        table = _find_only_table([entry for entry in entries if entry.path.strip("/") and not is_hidden(entry)])
        if table is None:
            return None
        _check_size(table.file.size, limits)
        return PackedTable(table.path, io.BytesIO(source.read(table.file)))
    except (*DAMAGES, BadZipFile) as error:
        raise _make_damaged_error() from error
    finally:
        source.close()


def _decompress(stream: BinaryIO, limits: Limits) -> PackedTable:
    try:
        content = open_unpacked(stream).read(limits.table_bytes + 1)
    except DAMAGES as error:
        raise _make_damaged_error() from error
    _check_size(len(content), limits)
    name = PurePosixPath(getattr(stream, "name", "") or "")
    return PackedTable(name.stem if name.suffix else name.name, io.BytesIO(content))


def _find_only_table(entries: Sequence[ArchiveEntry]) -> ArchiveEntry | None:
    kinds = [(find_kind(entry), entry) for entry in entries]
    if any(kind in ("foreign", "archive") or (kind == "picture" and _has_extension(entry)) for kind, entry in kinds):
        return None
    tables = [entry for kind, entry in kinds if kind in ("table", "picture")]
    return tables[0] if len(tables) == 1 else None


def _has_extension(entry: ArchiveEntry) -> bool:
    return "." in entry.names[-1]


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.table_bytes:
        raise BadInput(
            _("The unpacked table has more than {most:,} bytes, which is the maximum. Leave some rows out.").format(
                most=limits.table_bytes
            )
        )


def _make_damaged_error() -> BadInput:
    return BadInput(_("The archive is damaged: its table cannot be unpacked. Download or pack it again."))


def describe_packed(table: PackedTable) -> str:
    """Return the sentence about where a table was found."""
    return _("The table '{path}' was unpacked.").format(path=shorten(table.path))
