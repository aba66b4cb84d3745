"""Fetches archives through torchvision, so that a set is on disk either whole or not at all."""

import errno
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nn_core.data.idx import idx_is_whole
from nn_core.errors import DatasetUnavailable, StorageFailed
from nn_core.i18n import _

__all__ = ["Archive", "fetch", "fetched_share", "is_whole"]

_INCOMING = ".incoming-"
_SILENCE_SECONDS = 20.0
_DISK_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO}


@dataclass(frozen=True)
class Archive:
    """A gzipped IDX file on every mirror: its name there, its MD5, and its size in bytes (for the progress bar)."""

    name: str
    md5: str
    size: int

    @property
    def unpacked(self) -> str:
        return self.name.removesuffix(".gz")


def fetch(title: str, archives: Sequence[Archive], mirrors: Sequence[str], folder: Path) -> None:
    """Fetch, check and unpack each archive into `folder`, trying every mirror for each.

    Work goes on in a temporary folder inside; a file is moved into place only when its checksum was right and it is
    whole. Raises DatasetUnavailable when no mirror gives a file, StorageFailed when the disk does not take it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_INCOMING) as incoming:
            for archive in archives:
                if not idx_is_whole(folder / archive.unpacked):
                    _fetch_one(title, archive, mirrors, Path(incoming))
                    (Path(incoming) / archive.unpacked).replace(folder / archive.unpacked)
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
        here += archive.size if idx_is_whole(folder / archive.unpacked) else max(incoming, default=0)
    return min(1.0, here / sum(archive.size for archive in archives))


def is_whole(archives: Sequence[Archive], folder: Path) -> bool:
    """Whether every archive is here, unpacked and of the stated size, or still packed."""
    return all(
        idx_is_whole(folder / archive.unpacked)
        or (not (folder / archive.unpacked).exists() and (folder / archive.name).is_file())
        for archive in archives
    )


def _fetch_one(title: str, archive: Archive, mirrors: Sequence[str], folder: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    utils = torchvision_datasets().utils
    failures = []
    for mirror in mirrors:
        try:
            with _impatient():
                utils.download_and_extract_archive(mirror + archive.name, str(folder), md5=archive.md5)
            if idx_is_whole(folder / archive.unpacked):
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
