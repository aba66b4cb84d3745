"""Reads a folder of the disk as if it were an archive."""

import os
from pathlib import Path

from nn_core.data.custom.archives.source import StoredFile, decode_if_all_utf8, make_too_many_error
from nn_core.data.custom.validation import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["FolderSource"]


class FolderSource:
    """A folder. Links are not followed, because they can lead anywhere. See `FileSource`."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """List the files, sorted by path. Raises BadInput if the folder cannot be read or has too many files."""
        self._root = folder
        self.files: list[StoredFile] = []
        self.links: list[str] = []
        try:
            self._list(limits)
            self.files = decode_if_all_utf8(self.files)
        except OSError as error:
            raise BadInput(
                _("The folder '{folder}' cannot be read ({reason}); check that you may open it.").format(
                    folder=error.filename or folder, reason=error.strerror or error
                )
            ) from error

    def _list(self, limits: Limits) -> None:
        def fail(error: OSError) -> None:
            raise error

        for place, folders, files in os.walk(self._root, onerror=fail):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in (*folders, *sorted(files)):
                path = Path(place) / name
                relative = path.relative_to(self._root).as_posix()
                if path.is_symlink():
                    self.links.append(relative)
                elif path.is_dir():
                    self._add(relative + "/", 0, is_folder=True, limits=limits)
                elif path.is_file():
                    self._add(relative, path.stat().st_size, is_folder=False, limits=limits)

    def _add(self, path: str, size: int, *, is_folder: bool, limits: Limits) -> None:
        if len(self.files) >= limits.files:
            raise make_too_many_error(limits)
        name = path if path.isascii() else os.fsencode(path)
        self.files.append(StoredFile(name, size, is_folder, len(self.files)))

    def read(self, file: StoredFile) -> bytes:
        with (self._root / os.fsdecode(file.name)).open("rb") as stream:
            return stream.read(file.size)

    def close(self) -> None:
        """A folder has nothing to close."""
