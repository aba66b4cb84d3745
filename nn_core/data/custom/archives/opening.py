"""Opens a file or folder as an archive. The content decides what it is, not the extension."""

from __future__ import annotations

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
        with _open(file) as stream:
            return is_archive(stream)
    file.seek(0)
    if file.read(len(_ZIP)) == _ZIP:
        return not is_workbook(file)
    return is_tar(file) or identify_foreign(file, _get_name(file)) is not None


def open_source(file: Path | BinaryIO, limits: Limits) -> FileSource:
    """Open a ZIP, a tar archive or a folder.

    Raises:
        BadInput: it is none of them, is damaged, or is dangerous; the sentence names other known formats and what to do.
    """
    if isinstance(file, Path) and file.is_dir():
        return FolderSource(file, limits)
    if _check_format(file):
        return TarSource(file, limits)
    source = ZipSource(file, limits)
    if office := identify_office(stored.name for stored in source.files if isinstance(stored.name, str)):
        source.close()
        raise BadInput(describe_foreign(_get_name(file), office))
    return source


def _check_format(file: Path | BinaryIO) -> bool:
    """Return whether it is a tar archive. Raises BadInput for other known formats."""
    if isinstance(file, Path):
        with _open(file) as stream:
            return _check_format(stream)
    file.seek(0)
    if file.read(len(_ZIP)) == _ZIP:
        return False
    if is_tar(file):
        return True
    if found := identify_foreign(file, _get_name(file)):
        raise BadInput(describe_foreign(_get_name(file), found))
    return False


def _open(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInput(
            _("'{file}' cannot be opened ({reason}); check its name and that you may read it.").format(
                file=file, reason=error.strerror or error
            )
        ) from error


def _get_name(file: Path | BinaryIO) -> str:
    name = getattr(file, "name", "")
    return name if isinstance(name, str) and name else _("The file")
