"""Fetches archives through torchvision, so that a set is on disk either whole or not at all."""

import errno
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn_core.data.idx import idx_is_whole
from nn_core.data.unpack import unpack, unpacked_name
from nn_core.errors import DatasetUnavailable, StorageFailed
from nn_core.i18n import _

__all__ = ["Archive", "Source", "fetch", "fetched_share", "is_whole"]

_INCOMING = ".incoming-"
_SILENCE_SECONDS = 20.0
_DISK_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO}


@dataclass(frozen=True)
class Archive:
    """A packed file on every mirror: its name there, its MD5, and its size in bytes (for the progress bar).

    members: which files of a .zip or .tar.gz we want, as they are called inside; none for a .gz, which is one file.
    unpacked_is_whole: whether such a file, unpacked, is all there; cheap.
    """

    name: str
    md5: str
    size: int
    members: tuple[str, ...] = ()
    unpacked_is_whole: Callable[[Path], bool] = idx_is_whole

    @property
    def files(self) -> tuple[str, ...]:
        """The names of what it is unpacked to."""
        return tuple(unpacked_name(name) for name in self.members or (self.name,))

    def is_unpacked(self, folder: Path) -> bool:
        return all(self.unpacked_is_whole(folder / file) for file in self.files)


@dataclass(frozen=True)
class Source:
    """Where a set comes from, and where below the data folder it lies: torchvision's mirrors, torchvision's place.

    mirrors(torchvision.datasets) gives the addresses that the archives' names are put behind.
    """

    title: str
    place: str
    archives: tuple[Archive, ...]
    mirrors: Callable[[Any], Sequence[str]]

    def is_present(self, folder: Path) -> bool:
        return is_whole(self.archives, folder / self.place)

    def downloaded_share(self, folder: Path) -> float:
        return fetched_share(self.archives, folder / self.place)

    def download(self, folder: Path) -> None:
        """Raises DatasetUnavailable or StorageFailed."""
        from nn_core.data.torchvision_import import torchvision_datasets

        fetch(self.title, self.archives, self.mirrors(torchvision_datasets()), folder / self.place)

    def files(self, folder: Path) -> list[Path]:
        """What to read, in the order of the archives: the unpacked files, or an archive of one file that still is
        packed. Raises DatasetUnavailable."""
        if not self.is_present(folder):
            raise DatasetUnavailable(
                _(
                    "{name} is not in '{folder}'. Download it on the Data page, or choose mnist_sample, which comes with NN Lab."
                ).format(name=self.title, folder=folder)
            )
        files = [(folder / self.place / file, archive) for archive in self.archives for file in archive.files]
        return [plain if plain.exists() else plain.with_name(archive.name) for plain, archive in files]


def fetch(title: str, archives: Sequence[Archive], mirrors: Sequence[str], folder: Path) -> None:
    """Fetch, check and unpack each archive into `folder`, trying every mirror for each.

    Work goes on in a temporary folder inside; a file is moved into place only when its checksum was right and all of
    its archive is whole. Raises DatasetUnavailable when no mirror gives a file, StorageFailed when the disk does not
    take it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_INCOMING) as incoming:
            for archive in archives:
                if not archive.is_unpacked(folder):
                    _fetch_one(title, archive, mirrors, Path(incoming))
                    for file in archive.files:
                        (Path(incoming) / file).replace(folder / file)
    except OSError as error:
        raise StorageFailed(
            _(
                "Cannot store {title} in '{folder}': {reason}. Make room there, or set NN_LAB_DATA to another folder."
            ).format(title=title, folder=folder, reason=error.strerror or error)
        ) from error


def fetched_share(archives: Sequence[Archive], folder: Path) -> float:
    """How much of the archives is here, from 0 to 1, while another process fetches them."""
    here = 0
    for archive in archives:
        incoming = [file.stat().st_size for file in folder.glob(f"{_INCOMING}*/{archive.name}")]
        here += archive.size if archive.is_unpacked(folder) else max(incoming, default=0)
    return min(1.0, here / sum(archive.size for archive in archives))


def is_whole(archives: Sequence[Archive], folder: Path) -> bool:
    """Whether every archive is here, unpacked and whole, or, where it is of one file, still packed."""
    return all(archive.is_unpacked(folder) or _is_still_packed(archive, folder) for archive in archives)


def _is_still_packed(archive: Archive, folder: Path) -> bool:
    if archive.members:
        return False
    return not (folder / archive.files[0]).exists() and (folder / archive.name).is_file()


def _fetch_one(title: str, archive: Archive, mirrors: Sequence[str], folder: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    utils = torchvision_datasets().utils
    failures = []
    for mirror in mirrors:
        try:
            with _impatient():
                utils.download_url(mirror + archive.name, str(folder), md5=archive.md5)
            unpack(folder / archive.name, archive.members, folder)
            (folder / archive.name).unlink()
            if archive.is_unpacked(folder):
                return
            failures.append(_("{mirror}: not the expected file").format(mirror=mirror))
        except Exception as error:  # whatever ails one mirror must not keep us from the next
            if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
                raise
            failures.append(f"{mirror}: {error}")
        (folder / archive.name).unlink(missing_ok=True)
    raise DatasetUnavailable(
        _(
            "{title} could not be downloaded ({file} from {failures}). Check the network and try again, or choose "
            "mnist_sample, which needs none."
        ).format(title=title, file=archive.name, failures="; ".join(failures))
    )


@contextmanager
def _impatient() -> Iterator[None]:
    """torchvision sets no time-out, and a silent network would hold it for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
