"""Opens a ZIP of pictures, and looks before anything is unpacked whether it asks for more than the limits allow."""

import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from nn_core.central_directory import central_directory
from nn_core.data.own.layout import PictureArchive, must_be_classes, path_of, sorted_out
from nn_core.data.own.limits import Limits
from nn_core.data.own.rules import short
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["open_archive"]

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def open_archive(file: Path | BinaryIO, limits: Limits) -> PictureArchive:
    """Raises BadInput for what is no ZIP, is encrypted, climbs out of its folder, asks for too much, or holds no two classes
    of enough pictures.

    A class is a folder; folders inside it belong to it. Folders around all classes do not count, except `train` and `test`
    (or `val`) side by side, which say what each picture is for. Hidden files are passed over.
    """
    archive = _opened(file, limits)
    try:
        _check(archive.infolist(), archive.start_dir, limits)
        found = sorted_out(archive)
        must_be_classes(found, limits)
    except BaseException:
        archive.close()
        raise
    return found


def _opened(file: Path | BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        if central_directory(file).size > limits.directory_bytes:
            raise _too_many(limits)
        return zipfile.ZipFile(file)
    except OSError as error:
        raise BadInput(
            _("The ZIP cannot be opened ({reason}); check its name and that you may read it.").format(
                reason=error.strerror or error
            )
        ) from error
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise BadInput(
            _(
                "This is not a whole ZIP file: its list of files cannot be read. Pack the folder again and try once more."
            )
        ) from error


def _check(entries: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits) -> None:
    """The limits and rules that the ZIP's directory tells of; `packed_bytes` is how much there is before it."""
    if len(entries) > limits.files:
        raise _too_many(limits)
    total = 0
    for entry in entries:
        path = path_of(entry)
        if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
            raise BadInput(
                _(
                    "The ZIP holds '{path}', which points outside its own folder, so nothing was taken from it. Pack the folder "
                    "of pictures again."
                ).format(path=short(path))
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadInput(
                _("The ZIP holds a link, '{path}', instead of a file. Pack the pictures themselves.").format(
                    path=short(path)
                )
            )
        if entry.flag_bits & _ENCRYPTED:
            raise BadInput(_("The ZIP is locked with a password. Pack the folder again without one."))
        if entry.compress_type not in _METHODS:
            raise BadInput(
                _("'{path}' is packed in a rare way. Pack the folder as an ordinary ZIP (method Deflate).").format(
                    path=short(path)
                )
            )
        if entry.file_size > limits.harmless_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise BadInput(
                _(
                    "'{path}' would unpack to more than {ratio} times its size, which no picture does; nothing was unpacked. "
                    "Take it out of the ZIP."
                ).format(path=short(path), ratio=limits.ratio)
            )
        total += entry.file_size
    if sum(entry.compress_size for entry in entries) > packed_bytes:
        raise BadInput(
            _(
                "Files in the ZIP overlap, as no packer makes them; nothing was unpacked. Pack the folder of pictures again."
            )
        )
    if total > limits.unpacked_bytes:
        raise BadInput(
            _(
                "The ZIP would unpack to {size:.1f} GB, at most {most:.1f} GB are taken. Leave some pictures out."
            ).format(size=total / 1e9, most=limits.unpacked_bytes / 1e9)
        )


def _too_many(limits: Limits) -> BadInput:
    return BadInput(
        _("The ZIP lists more than {most:,} files, which is the most that is taken. Leave some pictures out.").format(
            most=limits.files
        )
    )
