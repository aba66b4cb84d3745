"""Atomic file writes and file locks: readers never see a partial file, crashes never leave one, and no change gets lost."""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["exclusive_lock", "replace_bytes", "replace_bytes_quickly", "replace_file", "replace_json", "sync_to_disk"]


def replace_file(
    path: Path, write: Callable[[BinaryIO], object], *, durable: bool = True, keep_old_as: Path | None = None
) -> None:
    """Write to a temporary file, then rename it to `path`.

    Args:
        path: the file to create or replace.
        write: writes the content to the stream that it gets.
        durable: whether the new content is certain to survive a power cut right afterwards. Otherwise the old content, also
            complete, may come back.
        keep_old_as: where to keep the previous content, replacing what was kept there before.

    Raises:
        OSError: the file could not be written; `path` still has its previous content.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if keep_old_as:
            _keep_as(path, keep_old_as)
        temporary.replace(path)
        if durable:
            sync_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def replace_bytes(
    path: Path, content: bytes | bytearray | memoryview, *, durable: bool = True, keep_old_as: Path | None = None
) -> None:
    """`replace_file` with content that is in memory."""
    replace_file(path, lambda stream: stream.write(content), durable=durable, keep_old_as=keep_old_as)


def replace_bytes_quickly(path: Path, content: bytes) -> None:
    """Replace a file that only one process writes, without waiting for the disk: a power cut may destroy the new content and the old.

    Raises:
        OSError: the file could not be written; `path` still has its previous content.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def replace_json(path: Path, values: object, *, durable: bool = True) -> None:
    """`replace_file` with readable JSON."""
    replace_bytes(path, json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n", durable=durable)


def _keep_as(path: Path, other: Path) -> None:
    """Make `other` a second name of the file at `path`, if there is one; replaces `other`. Raises OSError.

    Where the file system has no hard links, `path` is renamed instead, so the file stays complete under one of the names.
    """
    if not path.exists():
        return
    temporary = other.with_name(f".{other.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        temporary.hardlink_to(path)
        temporary.replace(other)
    except OSError:
        path.replace(other)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def exclusive_lock(file: Path) -> Iterator[None]:
    """Let one thread of one process at a time inside; others wait.

    Args:
        file: the lock file; it is created with its folder if it is missing.

    Raises:
        OSError: the lock file could not be created.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_to_disk(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to the disk."""
    with suppress(OSError):  # the path may not exist yet, and some network file systems refuse folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
