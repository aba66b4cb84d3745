"""Finds the central directory of a ZIP (its list of files) and refuses files in which two readers could find different ones.

Python's reader computes the position of the list from the end of the file; torch's reader uses the offset that is stored there.
A crafted file can show each of them its own list, so that a check of one list says nothing about the other. Here, both must
find the same list. Its size is checked first, because readers load all of it into memory.

Source: APPNOTE.TXT of PKWARE, sections 4.3.14 to 4.3.16.
"""

from __future__ import annotations

from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple
from zipfile import BadZipFile

__all__ = ["CentralDirectory", "read_central_directory"]

_END, _END_SIGNATURE = Struct("<4s4H2LH"), b"PK\x05\x06"
_END_64, _END_64_SIGNATURE = Struct("<4sQ2H2L4Q"), b"PK\x06\x06"
_LOCATOR, _LOCATOR_SIGNATURE = Struct("<4sLQL"), b"PK\x06\x07"
_ZIP64_BYTES = _END_64.size + _LOCATOR.size
_MAX_COMMENT_BYTES = 0xFFFF


class CentralDirectory(NamedTuple):
    """The number of files that it claims to list, and its size in bytes."""

    files: int
    size: int


def read_central_directory(file: Path | BinaryIO) -> CentralDirectory:
    """Find the central directory. The position in the file is undefined afterwards.

    Raises:
        BadZipFile: there is none, or a reader could find a different one.
        OSError: the file could not be read.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return read_central_directory(stream)
    size = file.seek(0, 2)
    start = file.seek(max(0, size - _ZIP64_BYTES - _END.size - _MAX_COMMENT_BYTES))
    tail = file.read()
    end = _find_end_record(tail)
    _signature, disk, first_disk, files_on_disk, files, list_size, offset, comment = _END.unpack_from(tail, end)
    if disk or first_disk or files_on_disk != files or end + _END.size + comment != len(tail):
        raise BadZipFile
    list_end = start + end
    if tail[max(0, end - _LOCATOR.size) : end].startswith(_LOCATOR_SIGNATURE):
        list_end -= _ZIP64_BYTES
        zip64 = _read_zip64(tail[max(0, end - _ZIP64_BYTES) : end], list_end)
        if (files, list_size, offset) != tuple(map(min, zip64, (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))):
            raise BadZipFile
        files, list_size, offset = zip64
    if offset + list_size != list_end:
        raise BadZipFile
    return CentralDirectory(files, list_size)


def _find_end_record(tail: bytes) -> int:
    """Return the position of the end record. Without a comment, every reader finds it at the end of the file first. With a
    comment, it must be the only one: the comment could contain another, such as that of a ZIP within the ZIP."""
    end = len(tail) - _END.size
    if tail[max(0, end) :].startswith(_END_SIGNATURE) and tail.endswith(b"\0\0"):
        return max(0, end)
    end = tail.find(_END_SIGNATURE)
    if end < 0 or end != tail.rfind(_END_SIGNATURE) or len(tail) < end + _END.size:
        raise BadZipFile
    return end


def _read_zip64(records: bytes, position: int) -> tuple[int, int, int]:
    """Return (files, size of the list, offset of the list) from the two ZIP64 records, which torch always writes.

    Args:
        records: the bytes of both records.
        position: where they begin in the file; the locator must say the same.
    """
    if len(records) != _ZIP64_BYTES:
        raise BadZipFile
    signature, rest, _made, _needed, disk, first_disk, files_on_disk, files, list_size, offset = _END_64.unpack_from(
        records
    )
    _signature, on_disk, stated_position, disks = _LOCATOR.unpack_from(records, _END_64.size)
    if signature != _END_64_SIGNATURE or rest != _END_64.size - 12 or disk or first_disk or on_disk or disks != 1:
        raise BadZipFile
    if files_on_disk != files or stated_position != position:
        raise BadZipFile
    return files, list_size, offset
