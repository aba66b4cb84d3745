"""Writing so that a reader never sees half a file, and a crash never leaves one."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["replace_bytes", "replace_file", "replace_json"]


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file, make it durable and put it in the place of `path`. Raises OSError, and then
    whatever `path` held is still there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_bytes(path: Path, content: bytes | memoryview) -> None:
    """`replace_file` with the content at hand."""
    replace_file(path, lambda stream: stream.write(content))


def replace_json(path: Path, values: Any) -> None:
    """`replace_file` with readable JSON."""
    replace_bytes(path, json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n")
