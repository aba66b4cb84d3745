"""What a file of an archive is, by its name: a picture, a table, another archive, or something else."""

from typing import Literal

from nn_core.data.custom.archives.foreign_formats import OTHER_PICTURES
from nn_core.data.custom.archives.source import ArchiveEntry

__all__ = ["FileKind", "find_kind", "is_hidden"]

FileKind = Literal["folder", "picture", "foreign", "table", "archive", "other"]

_PICTURES = {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "pbm", "pnm"}
_TABLES = {"csv", "tsv", "txt", "tab", "json", "jsonl", "xlsx", "xls", "ods", "data", "lst"}
_ARCHIVES = {"zip", "tar", "gz", "tgz", "bz2", "xz", "7z", "rar"}
_TEXTS = ("readme", "license", "licence", "copying", "authors", "makefile", "changelog", "notice")
_IGNORED = {"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin", "@eadir"}


def is_hidden(entry: ArchiveEntry) -> bool:
    """Return whether a system has added the file, or its folder."""
    return any(name.startswith(".") or name.casefold() in _IGNORED for name in entry.names)


def find_kind(entry: ArchiveEntry) -> FileKind:
    """Return what the file is. A name without extension may be that of a picture, unless it is that of a text such as a readme."""
    if entry.file.is_folder:
        return "folder"
    name = entry.names[-1].casefold()
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return "other" if name in _TEXTS else "picture"
    if extension in _PICTURES or not extension:
        return "picture"
    if extension in OTHER_PICTURES:
        return "foreign"
    if extension in _TABLES and not stem.startswith(_TEXTS):
        return "table"
    return "archive" if extension in _ARCHIVES else "other"
