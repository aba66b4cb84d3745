"""Downloads archives through torchvision and extracts them. A data set is on disk completely or not at all.

This is the only module that imports torchvision. Its wheel is built for CUDA; with a CPU build of torch, importing it fails with
"operator torchvision::nms does not exist". Declaring the two missing operators first makes its data sets work; they are never
called. Only the wanted files are extracted, and their paths do not depend on the names in the archive.
"""

from __future__ import annotations

import errno
import gzip
import socket
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import IO, TYPE_CHECKING

from nn_core.data.placed_files import find_placed_archives, find_placed_file
from nn_core.errors import DatasetUnavailable, StorageFailed
from nn_core.i18n import _

if TYPE_CHECKING:
    import torch

__all__ = ["Archive", "Source", "get_unpacked_name", "import_torchvision_datasets", "unpack"]

_libraries: list[torch.library.Library] = []  # a Library removes its declarations when it is garbage-collected


def import_torchvision_datasets() -> ModuleType:
    """Import `torchvision.datasets`, with any build of torch."""
    import torch

    if torch.version.cuda is None and not _libraries:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _libraries.append(library)
    import torchvision.datasets

    datasets: ModuleType = torchvision.datasets
    return datasets


_MAX_BYTES = 256 * 2**20  # the largest extracted file has 98 MB
_BLOCK_BYTES = 2**20


def unpack(packed: Path, members: Sequence[str], folder: Path, max_bytes: int = _MAX_BYTES) -> None:
    """Extract the `members` of a .zip or .tar.gz, or the only file of a .gz, into `folder`.

    `get_unpacked_name` gives the names there. A member that is gzipped itself is decompressed.

    Raises:
        ValueError: a member is missing, is not a plain file or is larger than `max_bytes`.
        Exception: what gzip, tarfile and zipfile raise.
    """
    missing = set(members or [packed.name])
    for name, stream in _iterate_members(packed, frozenset(missing)):
        with gzip.open(stream) if name.endswith(".gz") else stream as plain:
            _copy(plain, folder / get_unpacked_name(name), max_bytes)
        missing.discard(name)
    if missing:
        raise ValueError(
            _("there is no {members} in {archive}").format(members=", ".join(sorted(missing)), archive=packed.name)
        )


def get_unpacked_name(member: str) -> str:
    """Return the file name of an extracted member."""
    return PurePosixPath(member).name.removesuffix(".gz")


def _iterate_members(packed: Path, wanted: frozenset[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the wanted members in the order of the archive, each open until the next one is requested."""
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


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, max_bytes: int) -> None:
    remaining = max_bytes
    with target.open("wb") as stream:
        while block := source.read(_BLOCK_BYTES):
            remaining -= len(block)
            if remaining < 0:
                raise ValueError(_("{name} is larger than {most:,} bytes").format(name=target.name, most=max_bytes))
            stream.write(block)


_INCOMING = ".incoming-"
_TIMEOUT_SECONDS = 20.0
_DISK_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO}


@dataclass(frozen=True)
class Archive:
    """A packed file on every mirror.

    Attributes:
        name: the file name on the mirrors.
        md5: the checksum.
        size: in bytes, for the progress bar.
        is_complete_file: takes an extracted file, returns whether it is complete; cheap.
        members: the wanted files of a .zip or .tar.gz, named as in the archive; empty for a .gz, which has a single file.
    """

    name: str
    md5: str
    size: int
    is_complete_file: Callable[[Path], bool]
    members: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the extracted files."""
        return tuple(get_unpacked_name(name) for name in self.members or (self.name,))

    def is_unpacked(self, folder: Path) -> bool:
        """Return whether all its files are in the folder, extracted and complete."""
        return all(self.is_complete_file(folder / file) for file in self.files)

    def find_files(self, folder: Path) -> list[Path] | None:
        """Return the files in the order of `files`, also those that a user put there by hand: gzipped, or under another common name.
        None unless all are there."""
        if self.is_unpacked(folder):
            return [folder / file for file in self.files]
        found = [find_placed_file(folder, file, self.is_complete_file) for file in self.files]
        placed = [file for file in found if file]
        return placed if len(placed) == len(found) else None


@dataclass(frozen=True)
class Source:
    """Where a data set is downloaded from and stored. Mirrors and folders are those of torchvision.

    Attributes:
        title: the name in errors.
        subfolder: the path below the data folder.
        archives: what is downloaded.
        mirrors: takes `torchvision.datasets`, returns the URLs to which the names of the archives are appended.
    """

    title: str
    subfolder: str
    archives: tuple[Archive, ...]
    mirrors: Callable[[ModuleType], Sequence[str]]

    def is_present(self, folder: Path) -> bool:
        """Return whether the data set is complete in the data folder, downloaded or put there by hand."""
        return all(archive.find_files(folder / self.subfolder) for archive in self.archives)

    def describe_files(self, folder: Path) -> str:
        """Return which files a user may put into which folder instead of downloading them."""
        archives = ", ".join(archive.name for archive in self.archives)
        return _("put {files} into '{folder}', packed or unpacked").format(
            files=archives, folder=folder / self.subfolder
        )

    def get_download_fraction(self, folder: Path) -> float:
        """Return how much of the data set is in the data folder, from 0 to 1. Works while another process downloads it."""
        stored = folder / self.subfolder
        downloaded = 0
        for archive in self.archives:
            incoming = [file.stat().st_size for file in stored.glob(f"{_INCOMING}*/{archive.name}")]
            downloaded += archive.size if archive.find_files(stored) else max(incoming, default=0)
        return min(1.0, downloaded / sum(archive.size for archive in self.archives))

    def download(self, folder: Path) -> None:
        """Download, verify and extract each archive into the data folder, trying every mirror.

        An archive that a user put there by hand is used instead. Files are downloaded to a temporary folder. They are moved to their final paths only after the checksum was verified and
        all files of the archive are complete.

        Raises:
            DatasetUnavailable: no mirror has a usable file.
            StorageFailed: the files cannot be written.
        """
        stored = folder / self.subfolder
        try:
            stored.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=stored, prefix=_INCOMING) as incoming:
                for archive in self.archives:
                    if not archive.find_files(stored):
                        self._fetch(archive, folder, Path(incoming))
                        for file in archive.files:
                            (Path(incoming) / file).replace(stored / file)
        except OSError as error:
            raise StorageFailed(
                _(
                    "Cannot store {title} in '{folder}': {reason}. Free some disk space, or set NN_LAB_DATA to another folder."
                ).format(title=self.title, folder=stored, reason=error.strerror or error)
            ) from error

    def _fetch(self, archive: Archive, data_folder: Path, folder: Path) -> None:
        datasets = import_torchvision_datasets()
        packed = folder / archive.name
        failures = []
        for placed in find_placed_archives(data_folder / self.subfolder, archive.name):
            try:
                unpack(placed, archive.members, folder)
                if archive.is_unpacked(folder):
                    return
                failures.append(_("{mirror}: not the expected file").format(mirror=placed))
            except Exception as error:  # a damaged archive can raise any exception
                if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
                    raise
                failures.append(f"{placed}: {error}")
        for mirror in self.mirrors(datasets):
            try:
                with _socket_timeout():
                    datasets.utils.download_url(mirror + archive.name, str(folder), md5=archive.md5)
                unpack(packed, archive.members, folder)
                packed.unlink()
                if archive.is_unpacked(folder):
                    return
                failures.append(_("{mirror}: not the expected file").format(mirror=mirror))
            except Exception as error:  # after any failure of one mirror, try the next
                if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
                    raise
                failures.append(f"{mirror}: {error}")
            packed.unlink(missing_ok=True)
        raise DatasetUnavailable(
            _(
                "{title} could not be downloaded ({file} from {failures}). Check the network and try again, {by_hand}, or choose "
                "mnist_sample, which needs no download."
            ).format(
                title=self.title,
                file=archive.name,
                failures="; ".join(failures),
                by_hand=self.describe_files(data_folder),
            )
        )

    def files(self, folder: Path) -> list[Path]:
        """Return the files to read, in the order of the archives, gzipped (.gz) or not.

        Raises:
            DatasetUnavailable: the data set is not complete.
        """
        found = [archive.find_files(folder / self.subfolder) for archive in self.archives]
        if not all(found):
            raise DatasetUnavailable(
                _(
                    "{name} is not in '{folder}'. Download it on the Data page, {by_hand}, or choose mnist_sample, which comes with NN Lab."
                ).format(name=self.title, folder=folder, by_hand=self.describe_files(folder))
            )
        return [file for files in found for file in files or []]


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Set a default timeout for sockets. torchvision sets none, so an unresponsive network would block it forever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
