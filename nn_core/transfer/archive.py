"""A run folder as a ZIP, and the extraction of an untrusted ZIP. Needs no torch."""

from __future__ import annotations

import os
import shutil
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.zip_safety import read_central_directory

__all__ = ["get_unpacked_bytes", "unpack_run", "write_archive"]

_OF_THE_PROCESS = ("run.lock", "control.json", "control.taken", "previous.state", "damaged.state")


def write_archive(run: RunFolder, target: BinaryIO) -> None:
    """Everything that describes the run, in a folder of its name; the same again for a run that has not changed. Raises
    DamagedRun for a run that no page could read."""
    run.config(), run.status()
    with ExitStack() as stack, ZipFile(target, "w", allowZip64=True) as archive:
        # All are opened before the first is read: a run that trains replaces its files, and what is open stays whole.
        streams = [stack.enter_context(file.open("rb")) for file in _files(run)]
        for stream in streams:
            about = os.fstat(stream.fileno())
            name = Path(stream.name).name
            info = ZipInfo(f"{run.name}/{name}", time.gmtime(max(about.st_mtime, 315532800))[:6])
            info.compress_type = ZIP_DEFLATED if name.endswith((".json", ".jsonl", ".log")) else ZIP_STORED
            info.external_attr = 0o100644 << 16
            info.file_size = about.st_size  # decides whether the entry may grow beyond 4 GB
            with archive.open(info, "w") as entry:
                shutil.copyfileobj(stream, entry, 1 << 20)


def _files(run: RunFolder) -> list[Path]:
    """metrics.jsonl comes last, so that it is never behind the state that counts its bytes."""
    files = [
        file
        for file in run.path.iterdir()
        if file.is_file()
        and not file.is_symlink()
        and not file.name.startswith(".")
        and file.name not in _OF_THE_PROCESS
    ]
    return sorted(files, key=lambda file: (file == run.metrics_file, file.name))


_MB = 1 << 20
_LIMITS = {
    "config.json": _MB,
    "status.json": _MB,
    "metrics.jsonl": 256 * _MB,
    "pins.json": 4 * _MB,
    "best.safetensors": 2048 * _MB,
    "start.safetensors": 2048 * _MB,
    "drawings.jsonl": 64 * _MB,
    "last.safetensors": 2048 * _MB,
    "last.state": 4096 * _MB,
}
"""The files that are taken, and how many bytes each may have. An evaluation is not: the figures are measured anew. Nor is
what a process on another machine said."""

_MOST_FILES = 1000
_MOST_BYTES = 6 * 1024 * _MB
_HIGHEST_RATIO = 200
_LARGEST_DIRECTORY = _MB
_METHODS = (ZIP_STORED, ZIP_DEFLATED)  # of the others, one takes as much memory as the file asks for


def unpack_run(file: Path, called: str, folder: Path) -> str:
    """Put the run's files into `folder`. Returns the name of the folder that they had in the ZIP, or ''.

    Everything is judged by the table of contents before a byte is unpacked. Raises BadInput; `called` is what it names
    the ZIP.
    """
    with _judged(file, called) as (archive, top, files):
        for entry in files:
            with archive.open(entry) as source, (folder / PurePosixPath(entry.filename).name).open("xb") as target:
                shutil.copyfileobj(source, target, _MB)
        return top.name


def get_unpacked_bytes(file: Path, called: str) -> int:
    """How much `unpack` would write. Raises BadInput as it does."""
    with _judged(file, called) as (_archive, _top, files):
        return sum(entry.file_size for entry in files)


@contextmanager
def _judged(file: Path, called: str) -> Iterator[tuple[ZipFile, PurePosixPath, list[ZipInfo]]]:
    """(the ZIP, the folder of the run in it, the files of that folder that are taken)."""
    try:
        if read_central_directory(file).size > _LARGEST_DIRECTORY:
            raise _refused(called, _("it holds too many files"))
        with ZipFile(file) as archive:
            entries = archive.infolist()
            _judge(entries, archive.start_dir, called)
            top = _top(entries, called)
            yield archive, top, [entry for entry in entries if _is_taken(entry, top)]
    except (BadZipFile, EOFError, zlib.error, NotImplementedError, ValueError) as error:
        raise _refused(called, _("it is damaged, or no ZIP at all")) from error


def _is_taken(entry: ZipInfo, top: PurePosixPath) -> bool:
    path = PurePosixPath(entry.filename)
    return path.parent == top and path.name in _LIMITS and not entry.is_dir()


def _judge(entries: list[ZipInfo], packed_bytes: int, called: str) -> None:
    """packed_bytes: how much there is before the table of contents."""
    paths = {PurePosixPath(entry.filename) for entry in entries}
    reason = None
    if len(entries) > _MOST_FILES:
        reason = _("it holds {count:,} files, and {most:,} are the most").format(count=len(entries), most=_MOST_FILES)
    elif len(paths) < len(entries):
        reason = _("it holds two files of one name")
    elif sum(entry.file_size for entry in entries) > _MOST_BYTES:
        reason = _("its files would fill more than {most:,} MB").format(most=_MOST_BYTES // _MB)
    elif sum(entry.compress_size for entry in entries) > packed_bytes:
        reason = _("files in it overlap")
    reason = reason or next((reason for entry in entries if (reason := _against(entry))), None)
    if reason:
        raise _refused(called, reason)


def _against(entry: ZipInfo) -> str | None:
    """What speaks against unpacking an entry."""
    path, name = PurePosixPath(entry.filename), entry.filename[:100]
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        return _("the file '{name}' in it would land outside of the run folder").format(name=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("'{name}' in it is a link").format(name=name)
    if entry.flag_bits & 1:
        return _("it is locked with a password")
    if entry.compress_type not in _METHODS:
        return _("'{name}' in it is packed in a rare way").format(name=name)
    if entry.file_size > _LIMITS.get(path.name, _MOST_BYTES):
        return _("'{name}' in it would have {size:,} MB").format(name=name, size=entry.file_size // _MB)
    if entry.file_size > max(_MB, _HIGHEST_RATIO * entry.compress_size):
        grows = entry.file_size // max(1, entry.compress_size)
        return _("'{name}' in it grows {ratio:,}-fold when unpacked").format(name=name, ratio=grows)
    return None


def _top(entries: list[ZipInfo], called: str) -> PurePosixPath:
    """Where the one run in the ZIP is."""
    paths = [PurePosixPath(entry.filename) for entry in entries]
    tops = {path.parent for path in paths if path.name == "config.json" and path.parts[0] != "__MACOSX"}
    if not tops:
        raise _refused(called, _("it holds no config.json, so there is no run in it"))
    if len(tops) > 1:
        raise _refused(called, _("it holds {count} runs").format(count=len(tops)))
    return tops.pop()


def _refused(called: str, reason: str) -> BadInput:
    return BadInput(
        _("'{file}' cannot be imported: {reason}. Give the ZIP of one run, as NN Lab exports it.").format(
            file=called, reason=reason
        )
    )
