"""Where a ZIP says that its list of files is, the central directory, and how large: readers take in all of it at once.

Readers look for that list in different ways: Python's counts back from the end of the ZIP, torch's goes to the place that stands
there. A file can be made so that each finds a list of its own, and then whoever judges the one has not judged the other. Here
every way leads to the same place, or the file is refused.

Source: APPNOTE.TXT of PKWARE, sections 4.3.14 to 4.3.16.
"""

from __future__ import annotations

from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple
from zipfile import BadZipFile

__all__ = ["CentralDirectory", "read_central_directory"]

_END, _MARK = Struct("<4s4H2LH"), b"PK\x05\x06"
_END_64, _MARK_64 = Struct("<4sQ2H2L4Q"), b"PK\x06\x06"
_LOCATOR, _MARK_LOCATOR = Struct("<4sLQL"), b"PK\x06\x07"
_BEFORE_END = _END_64.size + _LOCATOR.size
_LONGEST_COMMENT = 0xFFFF


class CentralDirectory(NamedTuple):
    """files: how many it is said to list; size: its bytes."""

    files: int
    size: int


def read_central_directory(file: Path | BinaryIO) -> CentralDirectory:
    """Raises BadZipFile where a reader could find another one, or none; OSError. Leaves the position in the file anywhere."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return read_central_directory(stream)
    size = file.seek(0, 2)
    start = file.seek(max(0, size - _BEFORE_END - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    end = _place_of_end(tail)
    _mark, disk, first_disk, here, files, list_size, place, comment = _END.unpack_from(tail, end)
    if disk or first_disk or here != files or end + _END.size + comment != len(tail):
        raise BadZipFile
    list_end = start + end
    if tail[max(0, end - _LOCATOR.size) : end].startswith(_MARK_LOCATOR):
        list_end -= _BEFORE_END
        large = _from_64(tail[max(0, end - _BEFORE_END) : end], list_end)
        if (files, list_size, place) != tuple(map(min, large, (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))):
            raise BadZipFile
        files, list_size, place = large
    if place + list_size != list_end:
        raise BadZipFile
    return CentralDirectory(files, list_size)


def _place_of_end(tail: bytes) -> int:
    """Of the last record. Where that has no comment, it is the first that every reader looks at; otherwise there must be none
    besides, such as that of a ZIP within the ZIP."""
    end = len(tail) - _END.size
    if tail[max(0, end) :].startswith(_MARK) and tail.endswith(b"\0\0"):
        return max(0, end)
    end = tail.find(_MARK)
    if end < 0 or end != tail.rfind(_MARK) or len(tail) < end + _END.size:
        raise BadZipFile
    return end


def _from_64(records: bytes, place: int) -> tuple[int, int, int]:
    """The number of files, the size of their list and its place, from the two records for large files, which torch always writes.

    place: where they begin, and have to be said to."""
    if len(records) != _BEFORE_END:
        raise BadZipFile
    mark, rest, _made, _needed, disk, first_disk, here, files, list_size, start = _END_64.unpack_from(records)
    _mark, on_disk, said, disks = _LOCATOR.unpack_from(records, _END_64.size)
    if mark != _MARK_64 or rest != _END_64.size - 12 or disk or first_disk or on_disk or disks != 1:
        raise BadZipFile
    if here != files or said != place:
        raise BadZipFile
    return files, list_size, start
