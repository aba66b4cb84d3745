"""Takes the wanted files, and no others, out of an archive. A file goes where we say, whatever name the archive gives it."""

import gzip
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from nn_core.i18n import _

__all__ = ["unpack", "unpacked_name"]

_MOST_BYTES = 256 * 2**20  # the largest file that we take out has 98 MB
_BLOCK_BYTES = 2**20


def unpack(packed: Path, members: Sequence[str], folder: Path, most_bytes: int = _MOST_BYTES) -> None:
    """Unpack the `members` of a .zip or .tar.gz, or the one file of a .gz, which has none, into `folder`.

    Each is called there as `unpacked_name` says; a member that is packed itself is unpacked too. Raises ValueError
    where a member is missing, is no plain file or is larger than `most_bytes`, and what gzip, tarfile and zipfile raise.
    """
    missing = set(members or [packed.name])
    for name, stream in _opened(packed, frozenset(missing)):
        with gzip.open(stream) if name.endswith(".gz") else stream as plain:
            _copy(plain, folder / unpacked_name(name), most_bytes)
        missing.discard(name)
    if missing:
        raise ValueError(
            _("there is no {members} in {archive}").format(members=", ".join(sorted(missing)), archive=packed.name)
        )


def unpacked_name(member: str) -> str:
    return PurePosixPath(member).name.removesuffix(".gz")


def _opened(packed: Path, wanted: frozenset[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """The wanted members, each open until the next is asked for, in the order in which they lie in the archive."""
    if packed.suffix == ".zip":
        with zipfile.ZipFile(packed) as archive:
            for entry in archive.infolist():
                if entry.filename in wanted and not entry.is_dir():
                    with archive.open(entry) as stream:
                        yield entry.filename, stream
    elif packed.name.endswith(".tar.gz"):
        with tarfile.open(packed, "r|gz") as tape:
            for member in tape:
                content = tape.extractfile(member) if member.name in wanted and member.isreg() else None
                if content:
                    yield member.name, content
    else:
        with packed.open("rb") as stream:
            yield packed.name, stream


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, most_bytes: int) -> None:
    room = most_bytes
    with target.open("wb") as stream:
        while block := source.read(_BLOCK_BYTES):
            room -= len(block)
            if room < 0:
                raise ValueError(_("{name} is larger than {most:,} bytes").format(name=target.name, most=most_bytes))
            stream.write(block)
