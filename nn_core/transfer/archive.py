"""Packs a run folder into a ZIP, and unpacks an untrusted ZIP. Needs no torch."""

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
from nn_core.runs.files import RUN_FILES
from nn_core.zip_safety import read_central_directory

__all__ = ["get_unpacked_bytes", "unpack_run", "write_archive"]


def write_archive(run: RunFolder, target: BinaryIO) -> None:
    """Write a ZIP with the run's files in a folder of its name. An unchanged run always gives the same bytes.

    Raises:
        DamagedRun: the config or the status cannot be read.
    """
    run.config(), run.status()
    with ExitStack() as stack, ZipFile(target, "w", allowZip64=True) as archive:
        # All files are opened before the first is read: a training run replaces its files, and an open file stays complete.
        streams = [stack.enter_context(file.open("rb")) for file in _files(run)]
        for stream in streams:
            file_stat = os.fstat(stream.fileno())
            name = Path(stream.name).name
            info = ZipInfo(f"{run.name}/{name}", time.gmtime(max(file_stat.st_mtime, 315532800))[:6])
            info.compress_type = ZIP_DEFLATED if name.endswith((".json", ".jsonl", ".log")) else ZIP_STORED
            info.external_attr = 0o100644 << 16
            info.file_size = file_stat.st_size  # decides whether the entry may grow beyond 4 GB
            with archive.open(info, "w") as entry:
                shutil.copyfileobj(stream, entry, 1 << 20)


def _files(run: RunFolder) -> list[Path]:
    """metrics.jsonl is the last one, so that it is never older than the checkpoint, which counts its bytes."""
    files = [
        file
        for file in run.path.iterdir()
        if file.is_file()
        and not file.is_symlink()
        and not file.name.startswith(".")
        and (file.name not in RUN_FILES or RUN_FILES[file.name].is_exported)
    ]
    return sorted(files, key=lambda file: (file == run.metrics_file, file.name))


_MB = 1 << 20
_LIMITS = {file.name: file.import_limit for file in RUN_FILES.values() if file.import_limit}
_MOST_FILES = 1000
_MOST_BYTES = 6 * 1024 * _MB
_HIGHEST_RATIO = 200
_LARGEST_DIRECTORY = _MB
_WEIGHTS = {".pt", ".pth", ".ckpt", ".safetensors"}
_METHODS = (ZIP_STORED, ZIP_DEFLATED)  # others can take as much memory as the file asks for


def unpack_run(file: Path, called: str, folder: Path) -> str:
    """Unpack the run's files into `folder`. The ZIP's directory is checked before anything is unpacked.

    Args:
        file: the ZIP.
        called: its name in errors.
        folder: must exist.

    Returns:
        The name of the folder that contains the files in the ZIP, or "".

    Raises:
        BadInput: the ZIP is not accepted.
    """
    with _open_checked(file, called) as (archive, top, files):
        for entry in files:
            with archive.open(entry) as source, (folder / PurePosixPath(entry.filename).name).open("xb") as target:
                shutil.copyfileobj(source, target, _MB)
        return top.name


def get_unpacked_bytes(file: Path, called: str) -> int:
    """Return how many bytes `unpack_run` would write. Raises BadInput as it does."""
    with _open_checked(file, called) as (_archive, _top, files):
        return sum(entry.file_size for entry in files)


@contextmanager
def _open_checked(file: Path, called: str) -> Iterator[tuple[ZipFile, PurePosixPath, list[ZipInfo]]]:
    """Yield the ZIP, the folder of the run in it, and the files of that folder that are imported."""
    try:
        if read_central_directory(file).size > _LARGEST_DIRECTORY:
            raise _refused(called, _("it contains too many files"))
        with ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, archive.start_dir, called)
            top = _top(entries, called)
            yield archive, top, [entry for entry in entries if _is_imported(entry, top)]
    except (BadZipFile, EOFError, zlib.error, NotImplementedError, ValueError) as error:
        raise _refused(called, _("it is damaged or not a ZIP")) from error


def _is_imported(entry: ZipInfo, top: PurePosixPath) -> bool:
    path = PurePosixPath(entry.filename)
    return path.parent == top and path.name in _LIMITS and not entry.is_dir()


def _check_entries(entries: list[ZipInfo], packed_bytes: int, called: str) -> None:
    """Raises BadInput. packed_bytes: the size of everything before the ZIP's directory."""
    paths = {PurePosixPath(entry.filename) for entry in entries}
    reason: str | None = None
    if len(entries) > _MOST_FILES:
        reason = _("it contains {count:,} files, and at most {most:,} are allowed").format(
            count=len(entries), most=_MOST_FILES
        )
    elif len(paths) < len(entries):
        reason = _("it contains two files with the same name")
    elif sum(entry.file_size for entry in entries) > _MOST_BYTES:
        reason = _("its files have more than {most:,} MB").format(most=_MOST_BYTES // _MB)
    elif sum(entry.compress_size for entry in entries) > packed_bytes:
        reason = _("files in it overlap")
    reason = reason or next((reason for entry in entries if (reason := _find_problem(entry))), None)
    if reason:
        raise _refused(called, reason)


def _find_problem(entry: ZipInfo) -> str | None:
    """Why an entry must not be unpacked."""
    path, name = PurePosixPath(entry.filename), entry.filename[:100]
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        return _("the file '{name}' in it would be written outside the run folder").format(name=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("'{name}' in it is a link").format(name=name)
    if entry.flag_bits & 1:
        return _("it is protected with a password")
    if entry.compress_type not in _METHODS:
        return _("'{name}' in it uses an unsupported compression").format(name=name)
    if entry.file_size > _LIMITS.get(path.name, _MOST_BYTES):
        return _("'{name}' in it has {size:,} MB, which is too large").format(name=name, size=entry.file_size // _MB)
    if entry.file_size > max(_MB, _HIGHEST_RATIO * entry.compress_size):
        grows = entry.file_size // max(1, entry.compress_size)
        return _("'{name}' in it grows {ratio:,}-fold when unpacked").format(name=name, ratio=grows)
    return None


def _top(entries: list[ZipInfo], called: str) -> PurePosixPath:
    """The folder of the only run in the ZIP."""
    paths = [PurePosixPath(entry.filename) for entry in entries]
    tops = {path.parent for path in paths if path.name == "config.json" and path.parts[0] != "__MACOSX"}
    if not tops:
        weights = next((path for path in paths if path.suffix.lower() in _WEIGHTS), None)
        is_run = any(path.name in _LIMITS for path in paths)
        if not is_run and (weights or any(path.name == "data.pkl" for path in paths)):
            raise BadInput(
                _("'{file}' is no run, but contains weights: unpack it and import '{name}'.").format(
                    file=called, name=weights.name[:100]
                )
                if weights
                else _("'{file}' is a file of torch.save, not the ZIP of a run: rename it to end in .pt.").format(
                    file=called
                )
            )
        raise _refused(called, _("it contains no config.json, so there is no run in it"))
    if len(tops) > 1:
        raise _refused(called, _("it contains {count} runs").format(count=len(tops)))
    return tops.pop()


def _refused(called: str, reason: str) -> BadInput:
    return BadInput(
        _("'{file}' cannot be imported: {reason}. Give the ZIP of one run, as NN Lab exports it.").format(
            file=called, reason=reason
        )
    )
