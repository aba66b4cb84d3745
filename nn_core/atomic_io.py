"""Writing so that a reader never sees half a file, a crash never leaves one, and nobody writes over another's change."""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["exclusive_lock", "replace_bytes", "replace_file", "replace_json", "sync_to_disk"]


def replace_file(
    path: Path, write: Callable[[BinaryIO], object], *, durable: bool = True, keep_old_as: Path | None = None
) -> None:
    """Let `write` fill a temporary file, make it durable and put it in the place of `path`. Raises OSError, and then
    whatever `path` held is still there.

    durable: whether a power cut a moment later leaves the new content for certain; otherwise it may leave the old one, which
    is whole as well. keep_old_as: where what `path` held is kept, in the place of what was kept there before.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if keep_old_as:
            _keep(path, keep_old_as)
        temporary.replace(path)
        if durable:
            sync_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def replace_bytes(
    path: Path, content: bytes | bytearray | memoryview, *, durable: bool = True, keep_old_as: Path | None = None
) -> None:
    """`replace_file` with the content at hand."""
    replace_file(path, lambda stream: stream.write(content), durable=durable, keep_old_as=keep_old_as)


def replace_json(path: Path, values: Any, *, durable: bool = True) -> None:
    """`replace_file` with readable JSON."""
    replace_bytes(path, json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n", durable=durable)


def _keep(path: Path, other: Path) -> None:
    """Give the file at `path`, if there is one, the name `other` as well, in the place of what had it. Raises OSError.

    Where a file system knows no second names, `path` is moved instead: the file is whole under the one name or the other.
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
    """One process, and one thread of it, at a time is inside; the others wait. file: made for that, with its folder. Raises
    OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_to_disk(path: Path) -> None:
    """Make a file's content durable, or the names in a folder: which files there are, and what each stands for."""
    with suppress(OSError):  # it may not be there yet, and some network file systems refuse folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
