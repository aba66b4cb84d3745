"""Opens a file or folder as an archive, whatever its extension says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from nn_core.data.custom.archives.folder_source import FolderSource
from nn_core.data.custom.archives.foreign_formats import describe_foreign, identify_foreign, identify_office
from nn_core.data.custom.archives.source import FileSource
from nn_core.data.custom.archives.tar_source import TarSource, is_tar
from nn_core.data.custom.archives.zip_source import ZipSource
from nn_core.data.custom.tables.workbook import is_workbook
from nn_core.data.custom.validation import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["is_archive", "open_source"]

_ZIP = b"PK"


def is_archive(file: Path | BinaryIO) -> bool:
    """Return whether the file is an archive or a folder, or of a format that is refused as one; else it may be a table.

    Raises:
        BadInput: it cannot be opened.
    """
    if isinstance(file, Path):
        if file.is_dir():
            return True
        try:
            with file.open("rb") as stream:
                return is_archive(stream)
        except OSError as error:
            raise BadInput(
                _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                    file=file, reason=error.strerror or error
                )
            ) from error
    if is_workbook(file):
        return False
    file.seek(0)
    is_zip = file.read(len(_ZIP)) == _ZIP
    return is_zip or is_tar(file) or identify_foreign(file, _get_name(file)) is not None


def _get_name(file: BinaryIO) -> str:
    name = getattr(file, "name", "")
    return name if isinstance(name, str) else ""


def open_source(file: Path | BinaryIO, limits: Limits, name: str = "") -> FileSource:
    """Open a ZIP, a tar archive or a folder.

    Args:
        file: the archive or folder.
        limits: what is allowed.
        name: the file's name, for errors.

    Raises:
        BadInput: it is none of them, is damaged, or is dangerous; the sentence names other known formats and what to do.
    """
    if isinstance(file, Path):
        if file.is_dir():
            return FolderSource(file, limits)
        try:
            with file.open("rb") as stream:
                is_tar_file = _check_format(stream, name or file.name)
        except OSError as error:
            raise BadInput(
                _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                    file=file, reason=error.strerror or error
                )
            ) from error
    else:
        is_tar_file = _check_format(file, name or _get_name(file))
    if is_tar_file:
        return TarSource(file, limits)
    source = ZipSource(file, limits)
    if office := identify_office(stored.name for stored in source.files if isinstance(stored.name, str)):
        source.close()
        raise BadInput(describe_foreign(name or _("The file"), office))
    return source


def _check_format(stream: BinaryIO, name: str) -> bool:
    """Return whether it is a tar archive. Raises BadInput for other known formats."""
    stream.seek(0)
    if stream.read(len(_ZIP)) == _ZIP:
        return False
    if is_tar(stream):
        return True
    with suppress(OSError):
        if found := identify_foreign(stream, name):
            raise BadInput(describe_foreign(name or _("The file"), found))
    return False
