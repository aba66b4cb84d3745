"""Reads a ZIP. Its list of files is checked before anything is extracted."""

import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from nn_core.data.custom.archives.source import StoredFile, make_too_many_error, normalize_path
from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.zip_safety import read_central_directory

__all__ = ["ZipSource"]

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _UTF8 = 0x1, 0x800
_UNICODE_PATH = 0x7075


class ZipSource:
    """An open ZIP. See `FileSource`."""

    def __init__(self, file: Path | BinaryIO, limits: Limits) -> None:
        """Open the ZIP and check its list of files.

        Raises:
            BadInput: it is not a complete ZIP, is encrypted, contains links, would unpack to too much, or uses another method.
        """
        self._archive = _open(file, limits)
        self._entries = self._archive.infolist()
        self.links: list[str] = []
        try:
            _check_entries(self._entries, self._archive.start_dir, limits)
        except BaseException:
            self._archive.close()
            raise
        self.files = [
            StoredFile(name, entry.file_size, _is_folder(name), key)
            for key, entry in enumerate(self._entries)
            for name in (decode_stored_name(entry),)
        ]

    def read(self, file: StoredFile) -> bytes:
        with self._archive.open(self._entries[file.key]) as stream:
            # Reads no more than the directory states; if there is more, the checksum is wrong.
            return stream.read(file.size)

    def close(self) -> None:
        self._archive.close()


def decode_stored_name(entry: zipfile.ZipInfo) -> str | bytes:
    """Return the name by its Unicode field or its UTF-8 flag; the bytes if neither is there and they are not ASCII."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")  # as zipfile decoded it
    if raw.isascii():
        return raw.decode()
    return _read_unicode_field(entry.extra, raw) or raw


def _read_unicode_field(extra: bytes, raw: bytes) -> str:
    """Return the path in the field 0x7075 if its checksum is that of the name; else an empty string.

    Source: APPNOTE.TXT of PKWARE, section 4.6.9. Programs that do not know the field may rename the file and leave it there.
    """
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            (checksum,) = struct.unpack_from("<L", field, 1)
            if checksum == crc32(raw):
                with suppress(UnicodeDecodeError):
                    return field[5:].decode()
    return ""


def _is_folder(name: str | bytes) -> bool:
    return name.endswith("/") if isinstance(name, str) else name.endswith(b"/")


def _open(file: Path | BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        if read_central_directory(file).size > limits.directory_bytes:
            raise make_too_many_error(limits)
        return zipfile.ZipFile(file)
    except OSError as error:
        raise BadInput(
            _("The ZIP cannot be opened ({reason}); check its name and that you may read it.").format(
                reason=error.strerror or error
            )
        ) from error
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise BadInput(
            _("This is not a complete ZIP file: its list of files cannot be read. Zip the folder again and retry.")
        ) from error


def _check_entries(entries: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits) -> None:
    """Check the entries of the central directory; `packed_bytes` is the size of the file before it."""
    if len(entries) > limits.files:
        raise make_too_many_error(limits)
    for entry in entries:
        if fault := _find_fault(entry, limits):
            raise BadInput(fault.format(path=shorten(normalize_path(entry.orig_filename)), ratio=limits.ratio))
    if sum(entry.compress_size for entry in entries) > packed_bytes:
        raise BadInput(
            _("Files in the ZIP overlap, which is not normal; nothing was unpacked. Zip the folder of pictures again.")
        )


def _find_fault(entry: zipfile.ZipInfo, limits: Limits) -> str:
    """Return the error message for an entry that must not be unpacked, before `format`; else an empty string."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("The ZIP contains a link, '{path}', instead of a file. Zip the pictures themselves.")
    if entry.flag_bits & _ENCRYPTED:
        return _("The ZIP has a password. Zip the folder again without one.")
    if entry.compress_type not in _METHODS:
        return _("'{path}' has an unsupported compression. Zip the folder with the method Deflate.")
    if entry.file_size > limits.harmless_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
        return _(
            "'{path}' would unpack to more than {ratio} times its size, which is too much for a picture; nothing was "
            "unpacked. Remove it from the ZIP."
        )
    return ""
