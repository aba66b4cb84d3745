"""Downloads archives through torchvision and extracts them. A data set is on disk completely or not at all.

This is the only module that imports torchvision. Its wheel is built for CUDA; beside a CPU build of torch, importing it fails with
"operator torchvision::nms does not exist". Declaring the two missing operators first makes its data sets work; nothing here calls
them. Only the wanted files are extracted, to places that we choose, whatever names the archive gives them.
"""

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
from typing import IO, Any

from nn_core.data.builtin.idx import is_complete_idx
from nn_core.errors import DatasetUnavailable, StorageFailed
from nn_core.i18n import _

__all__ = [
    "Archive",
    "Source",
    "fetch",
    "get_download_fraction",
    "get_unpacked_name",
    "import_torchvision_datasets",
    "is_complete",
    "unpack",
]

_declared: list[Any] = []  # a Library takes its declarations back when it is collected


def import_torchvision_datasets() -> ModuleType:
    """`torchvision.datasets`, imported whatever build of torch is here."""
    import torch

    if torch.version.cuda is None and not _declared:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
    import torchvision.datasets

    datasets: ModuleType = torchvision.datasets
    return datasets


_MOST_BYTES = 256 * 2**20  # the largest file that we take out has 98 MB
_BLOCK_BYTES = 2**20


def unpack(packed: Path, members: Sequence[str], folder: Path, most_bytes: int = _MOST_BYTES) -> None:
    """Unpack the `members` of a .zip or .tar.gz, or the one file of a .gz, which has none, into `folder`.

    Each is called there as `get_unpacked_name` says; a member that is packed itself is unpacked too. Raises ValueError
    where a member is missing, is no plain file or is larger than `most_bytes`, and what gzip, tarfile and zipfile raise.
    """
    missing = set(members or [packed.name])
    for name, stream in _opened(packed, frozenset(missing)):
        with gzip.open(stream) if name.endswith(".gz") else stream as plain:
            _copy(plain, folder / get_unpacked_name(name), most_bytes)
        missing.discard(name)
    if missing:
        raise ValueError(
            _("there is no {members} in {archive}").format(members=", ".join(sorted(missing)), archive=packed.name)
        )


def get_unpacked_name(member: str) -> str:
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
    unpacked_is_whole: Callable[[Path], bool] = is_complete_idx

    @property
    def files(self) -> tuple[str, ...]:
        """The names of what it is unpacked to."""
        return tuple(get_unpacked_name(name) for name in self.members or (self.name,))

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
        return is_complete(self.archives, folder / self.place)

    def downloaded_share(self, folder: Path) -> float:
        return get_download_fraction(self.archives, folder / self.place)

    def download(self, folder: Path) -> None:
        """Raises DatasetUnavailable or StorageFailed."""

        fetch(self.title, self.archives, self.mirrors(import_torchvision_datasets()), folder / self.place)

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


def get_download_fraction(archives: Sequence[Archive], folder: Path) -> float:
    """How much of the archives is here, from 0 to 1, while another process fetches them."""
    here = 0
    for archive in archives:
        incoming = [file.stat().st_size for file in folder.glob(f"{_INCOMING}*/{archive.name}")]
        here += archive.size if archive.is_unpacked(folder) else max(incoming, default=0)
    return min(1.0, here / sum(archive.size for archive in archives))


def is_complete(archives: Sequence[Archive], folder: Path) -> bool:
    """Whether every archive is here, unpacked and whole, or, where it is of one file, still packed."""
    return all(archive.is_unpacked(folder) or _is_still_packed(archive, folder) for archive in archives)


def _is_still_packed(archive: Archive, folder: Path) -> bool:
    if archive.members:
        return False
    return not (folder / archive.files[0]).exists() and (folder / archive.name).is_file()


def _fetch_one(title: str, archive: Archive, mirrors: Sequence[str], folder: Path) -> None:

    utils = import_torchvision_datasets().utils
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
