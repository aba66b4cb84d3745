"""Reads a tar archive, plain or compressed with gzip, bzip2 or xz. Nothing is written to the disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, cast

from nn_core.data.custom.archives.source import StoredFile, decode_if_all_utf8, make_too_many_error, normalize_path
from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["DAMAGES", "TarSource", "is_compressed", "is_tar", "open_unpacked"]

DAMAGES = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError, OverflowError)
"""What the libraries raise for damaged content."""

_HEADER_BYTES = 512

Opener = Callable[[BinaryIO], IO[bytes]]
_COMPRESSIONS: tuple[tuple[bytes, Opener], ...] = (
    (b"\x1f\x8b", lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream))),
    (b"BZh", lambda stream: cast(IO[bytes], bz2.BZ2File(stream))),
    (b"\xfd7zXZ\0", lambda stream: cast(IO[bytes], lzma.LZMAFile(stream))),  # noqa: SIM115
)


def open_unpacked(stream: BinaryIO) -> IO[bytes]:
    """Return the stream, unpacked if it is compressed with gzip, bzip2 or xz."""
    opener = _find_opener(stream)
    return opener(stream) if opener else stream


def is_compressed(stream: BinaryIO) -> bool:
    """Return whether the stream is compressed with gzip, bzip2 or xz."""
    return _find_opener(stream) is not None


def _find_opener(stream: BinaryIO) -> Opener | None:
    stream.seek(0)
    start = stream.read(6)
    stream.seek(0)
    return next((opener for magic, opener in _COMPRESSIONS if start.startswith(magic)), None)


def is_tar(stream: BinaryIO) -> bool:
    """Return whether the stream is a tar archive, compressed or not."""
    try:
        header = open_unpacked(stream).read(_HEADER_BYTES)
        tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except DAMAGES:
        return False
    finally:
        stream.seek(0)
    return True


class _LimitedReader(io.RawIOBase):
    """Passes reads on, but none that would need much memory: a header can state any size for its own extension."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._most = stream, most

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= self._most:
            raise tarfile.ReadError
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


class TarSource:
    """An open tar archive. See `FileSource`."""

    def __init__(self, file: Path | BinaryIO, limits: Limits) -> None:
        """Open the archive and list its files.

        Raises:
            BadInput: it is not a complete tar archive, contains links, or would unpack to too much.
        """
        self._owned = file.open("rb") if isinstance(file, Path) else None
        stream = self._owned or cast(BinaryIO, file)
        self.links: list[str] = []
        self.files: list[StoredFile] = []
        self._members: list[tarfile.TarInfo] = []
        try:
            packed_bytes = stream.seek(0, io.SEEK_END)
            reader = _LimitedReader(open_unpacked(stream), limits.file_bytes)
            self._archive = tarfile.open(fileobj=cast(IO[bytes], reader), mode="r:")  # noqa: SIM115  closed by close
            self._list(packed_bytes, limits)
            self.files = decode_if_all_utf8(self.files)
        except BaseException as error:
            self._close_owned()
            if isinstance(error, DAMAGES):
                raise BadInput(
                    _(
                        "This is not a complete tar archive: its list of files cannot be read. Pack the folder again and retry."
                    )
                ) from error
            raise

    def _list(self, packed_bytes: int, limits: Limits) -> None:
        """List the members. Their sizes are checked one by one, because going to the next unpacks the last."""
        total = 0
        while (member := self._archive.next()) is not None:
            total += max(0, member.size)
            path = shorten(normalize_path(member.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")))
            if len(self._members) >= limits.files:
                raise make_too_many_error(limits)
            if member.issym() or member.islnk():
                raise BadInput(
                    _("The archive contains a link, '{path}', instead of a file. Pack the pictures themselves.").format(
                        path=path
                    )
                )
            if total > limits.unpacked_bytes or total > limits.harmless_bytes + limits.ratio * packed_bytes:
                raise BadInput(
                    _(
                        "With '{path}', the archive would unpack to more than {ratio} times its size or {most:.1f} GB, which is "
                        "too much; nothing was imported. Leave that file out."
                    ).format(path=path, ratio=limits.ratio, most=limits.unpacked_bytes / 1e9)
                )
            if member.isdir() or member.isreg():
                self.files.append(StoredFile(_decode(member), member.size, member.isdir(), len(self._members)))
                self._members.append(member)

    def read(self, file: StoredFile) -> bytes:
        stream = self._archive.extractfile(self._members[file.key])
        if stream is None:
            raise tarfile.ReadError
        with stream:
            return stream.read(file.size)

    def close(self) -> None:
        self._archive.close()
        self._close_owned()

    def _close_owned(self) -> None:
        if self._owned:
            self._owned.close()


def _decode(member: tarfile.TarInfo) -> str | bytes:
    """Return the name, or its bytes if they are not ASCII and no header states that they are UTF-8."""
    name = member.name + ("/" if member.isdir() else "")
    if name.isascii() or "path" in member.pax_headers:
        return name.encode("utf-8", "replace").decode()
    return name.encode("utf-8", "surrogateescape")
